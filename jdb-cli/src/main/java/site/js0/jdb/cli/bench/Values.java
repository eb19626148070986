package site.js0.jdb.cli.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Values that can be checked: the first 8 bytes are a version, the rest follows from key and
 * version, incompressibly. Values below 16 bytes have no version and follow from the key.
 * Immutable; allocates nothing.
 */
final class Values {
    private static final VarHandle LE_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int VERSIONED_BYTES_MIN = 16;

    private final int valueBytes;

    Values(int valueBytes) {
        this.valueBytes = valueBytes;
    }

    int valueBytes() {
        return valueBytes;
    }

    /** Writes the value of {@code key} at {@code version} to {@code value}, all of it. */
    void write(byte[] key, long version, byte[] value) {
        int from = 0;
        long state = start(key, 0);
        if (valueBytes >= VERSIONED_BYTES_MIN) {
            LE_LONG.set(value, 0, version);
            from = Long.BYTES;
            state = start(key, version);
        }
        int i = from;
        for (; i <= valueBytes - Long.BYTES; i += Long.BYTES) {
            state = Mix.xorshift(state);
            LE_LONG.set(value, i, state);
        }
        state = Mix.xorshift(state);
        for (; i < valueBytes; i++) {
            value[i] = (byte) state;
            state >>>= Byte.SIZE;
        }
    }

    /**
     * True when the first {@code length} bytes of {@code value} are a value that {@link #write}
     * makes for the key.
     */
    boolean isRight(byte[] key, byte[] value, int length) {
        if (length != valueBytes) {
            return false;
        }
        int i = 0;
        long state = start(key, 0);
        if (valueBytes >= VERSIONED_BYTES_MIN) {
            state = start(key, (long) LE_LONG.get(value, 0));
            i = Long.BYTES;
        }
        for (; i <= valueBytes - Long.BYTES; i += Long.BYTES) {
            state = Mix.xorshift(state);
            if ((long) LE_LONG.get(value, i) != state) {
                return false;
            }
        }
        state = Mix.xorshift(state);
        for (; i < valueBytes; i++) {
            if (value[i] != (byte) state) {
                return false;
            }
            state >>>= Byte.SIZE;
        }
        return true;
    }

    private static long start(byte[] key, long version) {
        long hash = key.length;
        int i = 0;
        for (; i <= key.length - Long.BYTES; i += Long.BYTES) {
            hash = Mix.mix(hash ^ (long) LE_LONG.get(key, i));
        }
        for (; i < key.length; i++) {
            hash = Mix.mix(hash ^ key[i]);
        }
        return Mix.mix(hash ^ version) | 1; // xorshift must not start at 0
    }
}
