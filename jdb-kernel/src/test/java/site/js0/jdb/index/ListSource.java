package site.js0.jdb.index;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** A merge source over versions in native memory. */
final class ListSource implements MergeSource {
    private final List<Version> versions;
    private final MemorySegment memory;
    private final long[] offsets;
    private int at;

    ListSource(Collection<Version> from) {
        TreeSet<Version> sorted = new TreeSet<>(Version.ORDER);
        sorted.addAll(from);
        versions = List.copyOf(sorted);
        offsets = new long[versions.size()];
        long bytes = 0;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = bytes;
            bytes += versions.get(i).key().length + versions.get(i).value().length;
        }
        memory = Arena.ofAuto().allocate(Math.max(1, bytes));
        for (int i = 0; i < offsets.length; i++) {
            byte[] key = versions.get(i).key();
            byte[] value = versions.get(i).value();
            MemorySegment.copy(key, 0, memory, ValueLayout.JAVA_BYTE, offsets[i], key.length);
            MemorySegment.copy(
                    value, 0, memory, ValueLayout.JAVA_BYTE, offsets[i] + key.length, value.length);
        }
    }

    private ListSource(ListSource other) {
        versions = other.versions;
        memory = other.memory;
        offsets = other.offsets;
        at = other.at;
    }

    @Override
    public ListSource ahead() {
        return new ListSource(this);
    }

    @Override
    public boolean valid() {
        return at < offsets.length;
    }

    @Override
    public void advance() {
        at++;
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public long keyOffset() {
        return offsets[at];
    }

    @Override
    public int keyLength() {
        return versions.get(at).key().length;
    }

    @Override
    public long timestamp() {
        return versions.get(at).timestamp();
    }

    @Override
    public int kind() {
        return versions.get(at).kind();
    }

    @Override
    public long valueOffset() {
        return offsets[at] + versions.get(at).key().length;
    }

    @Override
    public int valueLength() {
        return versions.get(at).value().length;
    }
}
