package site.js0.jdb.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What every {@link Directory} promises. */
public abstract class DirectoryContractTest {
    /** The directory verbs under test. */
    protected abstract Directory directory();

    /** An empty directory that is there. */
    protected abstract Path root();

    /** Makes a file of {@code bytes} bytes by other means. */
    protected abstract void makeFile(Path path, int bytes);

    private Path at(String name) {
        return root().resolve(name);
    }

    private static void assertErrno(int errno, Path named, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        IoException.class, e -> assertThat(e.errno()).isEqualTo(errno))
                .hasMessageContaining(named.toString());
    }

    @Test
    void directoriesAreMadeListedAndRemoved() {
        directory().mkdir(at("b"));
        directory().mkdir(at("a"));
        makeFile(at("c"), 5);
        makeFile(at("b").resolve("inside"), 1);
        assertThat(directory().ls(root()))
                .containsExactly(
                        new Directory.Entry("a", Directory.EntryKind.DIRECTORY),
                        new Directory.Entry("b", Directory.EntryKind.DIRECTORY),
                        new Directory.Entry("c", Directory.EntryKind.FILE));
        directory().syncDir(root());
        directory().remove(at("a"));
        directory().remove(at("c"));
        assertThat(directory().ls(root())).hasSize(1);
        assertThat(directory().exists(at("a"))).isFalse();
        assertThat(directory().exists(at("b"))).isTrue();
    }

    @Test
    void manyEntriesAreAllListed() {
        for (int i = 0; i < 1500; i++) {
            makeFile(at("a-file-with-a-rather-long-name-" + i), 0);
        }
        assertThat(directory().ls(root()))
                .hasSize(1500)
                .isSortedAccordingTo(java.util.Comparator.comparing(Directory.Entry::name));
    }

    @Test
    void sizesAreTheFiles() {
        makeFile(at("f"), 1234);
        assertThat(directory().size(at("f"))).isEqualTo(1234);
        directory().mkdir(at("d"));
        assertErrno(Errno.EISDIR, at("d"), () -> directory().size(at("d")));
    }

    @Test
    void aRenameReplaces() {
        makeFile(at("new"), 10);
        makeFile(at("old"), 20);
        directory().rename(at("new"), at("old"));
        assertThat(directory().exists(at("new"))).isFalse();
        assertThat(directory().size(at("old"))).isEqualTo(10);
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThat(directory().exists(at("no"))).isFalse();
        assertThat(directory().exists(at("no").resolve("deeper"))).isFalse();
        assertErrno(Errno.ENOENT, at("no"), () -> directory().ls(at("no")));
        assertErrno(Errno.ENOENT, at("no"), () -> directory().size(at("no")));
        assertErrno(Errno.ENOENT, at("no"), () -> directory().remove(at("no")));
        assertErrno(Errno.ENOENT, at("no"), () -> directory().rename(at("no"), at("other")));
        assertErrno(Errno.ENOENT, at("no"), () -> directory().syncDir(at("no")));
        assertErrno(Errno.ENOENT, at("no"), () -> directory().mkdir(at("no").resolve("deeper")));
    }

    @Test
    void whatIsInTheWayIsNamed() {
        makeFile(at("f"), 1);
        directory().mkdir(at("d"));
        makeFile(at("d").resolve("inside"), 1);
        assertErrno(Errno.EEXIST, at("f"), () -> directory().mkdir(at("f")));
        assertErrno(Errno.EEXIST, at("d"), () -> directory().mkdir(at("d")));
        assertErrno(Errno.ENOTEMPTY, at("d"), () -> directory().remove(at("d")));
        assertErrno(Errno.ENOTDIR, at("f"), () -> directory().ls(at("f")));
        assertErrno(Errno.ENOTDIR, at("f"), () -> directory().syncDir(at("f")));
        assertThat(directory().exists(at("f").resolve("below-a-file"))).isFalse();
    }
}
