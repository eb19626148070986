package site.js0.jdb.testkit.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The engine obeys its architecture. */
class ArchitectureTest {
    private static final String ROOT = "site.js0.jdb";

    private static final JavaClasses ENGINE =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    // The contract tests that jdb-io hands to this module.
                    .withImportOption(location -> !location.contains("-tests.jar"))
                    .importPackages(ROOT);

    static final List<ArchRule> RULES = new ArchitectureRules(ROOT).all();

    @ParameterizedTest
    @FieldSource("RULES")
    void holds(ArchRule rule) {
        rule.check(ENGINE);
    }

    /**
     * The rules see each class whose source is in the tree: none of them passes for want of
     * classes.
     */
    @Test
    void rulesSeeEveryClass() throws IOException {
        for (String module : List.of("jdb-io", "jdb-kernel")) {
            Path sources = Path.of("..", module, "src", "main", "java");
            assertThat(sources).as("tests run in their module's folder").isDirectory();
            for (String name : classNames(sources)) {
                assertThat(ENGINE.contain(name)).as("%s of %s is checked", name, module).isTrue();
            }
        }
    }

    private static List<String> classNames(Path sources) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            return files.map(file -> sources.relativize(file).toString())
                    .filter(file -> file.endsWith(".java") && !file.endsWith("-info.java"))
                    .map(file -> file.substring(0, file.length() - ".java".length()))
                    .map(file -> file.replace(File.separatorChar, '.'))
                    .toList();
        }
    }
}
