package site.js0.jdb.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import site.js0.jdb.fs.linux.Syscall;

/** Both ways to the host's directories keep the contract. */
class HostDirectoryTest {
    @Nested
    class Best extends HostDirectoryContract {
        @Override
        protected Directory directory() {
            return HostDirectory.create();
        }
    }

    @Nested
    class Portable extends HostDirectoryContract {
        @Override
        protected Directory directory() {
            return HostDirectory.portable();
        }
    }

    @Test
    void linuxGoesThroughSystemCalls() {
        assertThat(Syscall.unavailable() == null)
                .isEqualTo(System.getProperty("os.name").equals("Linux"));
    }

    @Test
    void whatTheJdkSaysOnlyAsTextIsUnderstood() {
        assertThat(HostDirectory.errno(new FileSystemException("f", null, "Read-only file system")))
                .isEqualTo(Errno.EROFS);
        assertThat(
                        HostDirectory.errno(
                                new FileSystemException("f", null, "No space left on device")))
                .isEqualTo(Errno.ENOSPC);
        assertThat(HostDirectory.errno(new AccessDeniedException("f"))).isEqualTo(Errno.EACCES);
        assertThat(HostDirectory.errno(new IOException("something else"))).isEqualTo(Errno.EIO);
        assertThat(HostDirectory.errno(new IOException((String) null))).isEqualTo(Errno.EIO);
    }
}
