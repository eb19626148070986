package site.js0.jdb.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Standard output as bytes: buffered, UTF-8, and unlike {@link System#out} it says so when writing
 * fails. One thread.
 *
 * <p>A reader that went away ({@code jetdb scan | head}) is no error of anyone: {@link Closed} ends
 * the command quietly.
 */
final class Output extends OutputStream {
    /** Nobody reads any more. */
    static final class Closed extends RuntimeException {
        Closed() {
            super("standard output is closed", null, false, false);
        }
    }

    private final OutputStream target;
    private final boolean targetIsPipe;
    private final byte[] buffer = new byte[32 << 10];
    private int count;

    /**
     * @param targetIsPipe a failing write means that the other end is gone, whatever the message
     */
    Output(OutputStream target, boolean targetIsPipe) {
        this.target = target;
        this.targetIsPipe = targetIsPipe;
    }

    /** Writes text and a line feed. */
    void line(String text) {
        print(text);
        write('\n');
    }

    /** Writes text. */
    void print(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        write(bytes, 0, bytes.length);
    }

    @Override
    public void write(int b) {
        if (count == buffer.length) {
            drain();
        }
        buffer[count++] = (byte) b;
    }

    @Override
    public void write(byte[] bytes) {
        write(bytes, 0, bytes.length);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (length > buffer.length - count) {
            drain();
            if (length > buffer.length) {
                try {
                    target.write(bytes, offset, length);
                } catch (IOException e) {
                    throw failed(e);
                }
                return;
            }
        }
        System.arraycopy(bytes, offset, buffer, count, length);
        count += length;
    }

    private void drain() {
        int length = count;
        count = 0; // so that a failed write is not tried again at the end
        try {
            target.write(buffer, 0, length);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void flush() {
        drain();
        try {
            target.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Flushes; standard output itself stays open. */
    @Override
    public void close() {
        flush();
    }

    private RuntimeException failed(IOException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        if (targetIsPipe
                || message.contains("broken pipe")
                || message.contains("pipe is being closed")) {
            return new Closed();
        }
        return CliException.userFile(
                "standard output: writing failed: " + e.getMessage(),
                "Free space or write elsewhere, then run it again.");
    }
}
