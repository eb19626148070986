package site.js0.jdb.fs.async;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import site.js0.jdb.alloc.AlignedBuf;

/** The example of jdb-io/README.md. */
public final class FileExample {
    private FileExample() {}

    /** Writes a page durably, reads it back and returns the text in it. */
    public static String run(Path path) {
        // README: from here
        byte[] text = "Hello, NVMe!".getBytes(StandardCharsets.UTF_8);
        try (IoLoop loop = IoLoop.start();
                AlignedBuf out = AlignedBuf.page();
                AlignedBuf in = AlignedBuf.page();
                File file = File.openRw(loop, path).join()) {
            MemorySegment.copy(MemorySegment.ofArray(text), 0, out.memory(), 0, text.length);
            file.writeAt(out, 0)
                    .thenCompose(written -> file.syncData())
                    .thenCompose(synced -> file.readAt(in, 0))
                    .join();
            byte[] read = new byte[text.length];
            MemorySegment.copy(in.memory(), 0, MemorySegment.ofArray(read), 0, read.length);
            return new String(read, StandardCharsets.UTF_8);
        }
        // README: to here
    }
}
