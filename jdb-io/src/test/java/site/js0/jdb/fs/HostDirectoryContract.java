package site.js0.jdb.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and what only a real file system can show: links and permissions. */
abstract class HostDirectoryContract extends DirectoryContractTest {
    @TempDir Path temporary;

    @Override
    protected Path root() {
        return temporary;
    }

    @Override
    protected void makeFile(Path path, int bytes) {
        try {
            Files.write(path, new byte[bytes]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void linksAreNotFollowed() throws IOException {
        Path target = Files.createDirectory(temporary.resolve("target"));
        Path link = Files.createSymbolicLink(temporary.resolve("link"), target);
        Path dangling =
                Files.createSymbolicLink(
                        temporary.resolve("dangling"), temporary.resolve("nowhere"));
        assertThat(directory().ls(temporary))
                .contains(new Directory.Entry("link", Directory.EntryKind.SYMLINK))
                .contains(new Directory.Entry("dangling", Directory.EntryKind.SYMLINK));
        assertThat(directory().exists(dangling)).isTrue();
        assertThatThrownBy(() -> directory().ls(link)).isInstanceOf(IoException.class);
        assertThatThrownBy(() -> directory().syncDir(link)).isInstanceOf(IoException.class);
        assertThatThrownBy(() -> directory().size(link))
                .isInstanceOfSatisfying(
                        IoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ELOOP));
        directory().remove(link);
        assertThat(target).exists();
        makeFile(temporary.resolve("f"), 3);
        directory().rename(temporary.resolve("f"), dangling);
        assertThat(temporary.resolve("nowhere")).doesNotExist();
        assertThat(dangling).isRegularFile();
    }

    @Test
    void directoriesAreTheOwnersOnly() throws IOException {
        directory().mkdir(temporary.resolve("d"));
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(temporary.resolve("d"))))
                .isEqualTo("rwx------");
    }

    @Test
    void namesOfAnyLetters() {
        String name = "snow \u2603 and 'quotes'";
        directory().mkdir(temporary.resolve(name));
        assertThat(directory().ls(temporary))
                .containsExactly(new Directory.Entry(name, Directory.EntryKind.DIRECTORY));
        directory().remove(temporary.resolve(name));
    }
}
