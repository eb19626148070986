package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program in the README is what a newcomer copies first: it compiles and prints what the README
 * says.
 */
class ReadmeTest {
    @TempDir private Path dir;

    @Test
    void theProgramRunsAndBothLanguagesShowTheSame() throws Exception {
        String program = block("README.md", "java");
        assertThat(block("README.zh.md", "java")).isEqualTo(program);
        assertThat(program.lines().count()).isLessThanOrEqualTo(30);
        Path source = Files.writeString(dir.resolve("Hello.java"), program);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int code =
                compiler.run(
                        null,
                        null,
                        errors,
                        "-d",
                        dir.toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        source.toString());
        assertThat(code).as(errors.toString(StandardCharsets.UTF_8)).isZero();
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx128m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                dir
                                        + System.getProperty("path.separator")
                                        + System.getProperty("java.class.path"),
                                "Hello")
                        .directory(dir.toFile())
                        .redirectErrorStream(true)
                        .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(out).isEqualTo("born 1815\nada: born 1815\ngrace: born 1906\n");
        assertThat(process.exitValue()).isZero();
    }

    /** The first fenced block of a language. */
    private static String block(String file, String language) throws IOException {
        String text = Files.readString(Path.of("..", file));
        Matcher matcher =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(text);
        assertThat(matcher.find()).as(file).isTrue();
        return matcher.group(1);
    }
}
