/**
 * Linux system calls for {@code fs} (L1): the only place that calls native code.
 *
 * <p>Owner: none; stateless calls that any thread may make, and the blocking halves of files,
 * directories and log tails.
 *
 * <p>Serves the {@code uring} driver, and on Linux the {@code nio} driver's log tails and
 * directories. Works on x86-64 and aarch64 with glibc and musl: everything goes through {@code
 * syscall(2)}, so that one method handle is all that has to be linked.
 *
 * <p>Start reading at {@link site.js0.jdb.fs.linux.Syscall}, then {@link
 * site.js0.jdb.fs.linux.LinuxFile}.
 */
@NullMarked
package site.js0.jdb.fs.linux;

import org.jspecify.annotations.NullMarked;
