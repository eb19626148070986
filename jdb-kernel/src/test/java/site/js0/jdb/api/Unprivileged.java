package site.js0.jdb.api;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import site.js0.jdb.fs.linux.Syscall;

/**
 * Runs code as somebody whom file permissions bind: root is not. On a thread of its own, which
 * gives up root's rights over files; threads that it starts inherit that, all others keep theirs.
 */
final class Unprivileged {
    private static final long SETFSUID =
            System.getProperty("os.arch").equals("aarch64") ? 151 : 122;
    private static final int NOBODY = 65534;

    private Unprivileged() {}

    /**
     * @param below a directory of the test's: made searchable for everybody
     */
    static void run(Path below, ThrowingCallable code) throws Exception {
        boolean root = "root".equals(System.getProperty("user.name"));
        assumeTrue(!root || Syscall.unavailable() == null, "root, and no way to be less");
        if (root) {
            for (Path p = below; p != null && p.startsWith(Path.of("/tmp")); p = p.getParent()) {
                if (!p.equals(Path.of("/tmp"))) {
                    Files.setPosixFilePermissions(p, PosixFilePermissions.fromString("rwxr-xr-x"));
                }
            }
        }
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                if (root) {
                                    Syscall.call(SETFSUID, NOBODY, 0, 0, 0);
                                }
                                code.call();
                            } catch (Throwable t) {
                                thrown.set(t);
                            }
                        });
        thread.join();
        if (thrown.get() != null) {
            throw new AssertionError(thrown.get().toString(), thrown.get());
        }
    }
}
