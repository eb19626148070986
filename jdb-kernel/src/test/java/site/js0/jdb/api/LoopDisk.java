package site.js0.jdb.api;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A small file system of its own (ext4 in a file, through a loop device), to be filled, or mounted
 * read-only. Skips the test where that cannot be had: it takes root and the tools.
 */
final class LoopDisk implements AutoCloseable {
    private final Path mountPoint;
    private boolean mounted;

    private LoopDisk(Path mountPoint) {
        this.mountPoint = mountPoint;
    }

    static LoopDisk make(Path temp, int megabytes) throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounting an image takes root");
        for (String tool : List.of("mkfs.ext4", "mount", "umount")) {
            assumeTrue(run("sh", "-c", "command -v " + tool) == 0, tool + " is not installed");
        }
        Path image = temp.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength((long) megabytes << 20);
        }
        assumeTrue(
                run("mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image.toString()) == 0,
                "mkfs.ext4 failed");
        LoopDisk disk = new LoopDisk(Files.createDirectory(temp.resolve("mnt")));
        // The mount's own loop device goes with the mount.
        disk.mounted = run("mount", "-o", "loop", image.toString(), disk.path().toString()) == 0;
        assumeTrue(disk.mounted, "a loop device cannot be mounted here");
        return disk;
    }

    Path path() {
        return mountPoint;
    }

    void readOnly(boolean on) throws IOException {
        if (run("mount", "-o", on ? "remount,ro" : "remount,rw", mountPoint.toString()) != 0) {
            throw new IOException("remounting " + mountPoint + " failed");
        }
    }

    /** Leaves about {@code left} bytes to others; answers the file that has the rest. */
    Path fill(long left) throws IOException {
        Path filler = mountPoint.resolve("filler");
        long bytes = mountPoint.toFile().getUsableSpace() - left;
        run("fallocate", "-l", Long.toString(Math.max(4096, bytes)), filler.toString());
        return filler;
    }

    private static int run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.onExit().join().exitValue();
        if (code != 0) {
            System.err.println(String.join(" ", command) + ": " + said);
        }
        return code;
    }

    @Override
    public void close() throws IOException {
        if (mounted && run("umount", mountPoint.toString()) != 0) {
            run("umount", "-l", mountPoint.toString());
            throw new IOException(mountPoint + " is still in use: a file was left open");
        }
    }
}
