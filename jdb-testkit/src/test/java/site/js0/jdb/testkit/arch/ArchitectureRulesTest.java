package site.js0.jdb.testkit.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Each rule can fail: {@code planted} holds a class that breaks it, and finer things each rule must
 * tell apart.
 */
class ArchitectureRulesTest {
    private static final String PLANTED = "site.js0.jdb.testkit.arch.planted";
    private static final JavaClasses CLASSES = new ClassFileImporter().importPackages(PLANTED);
    private static final ArchitectureRules RULES = new ArchitectureRules(PLANTED);

    static final List<ArchRule> ALL = RULES.all();

    @ParameterizedTest
    @FieldSource("ALL")
    void everyRuleFailsWhereItIsBroken(ArchRule rule) {
        assertThat(broken(rule)).as(rule.getDescription()).isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource(Component.class)
    void importsAreToldFromTheirOwnComponent(Component component) {
        assertThat(broken(RULES.importsPointDown(component)))
                .allSatisfy(line ->
                        assertThat(line)
                                .contains(PLANTED + "." + component.packageName + ".Knows"));
    }

    @Test
    void neighboursOfOneLayerAreToldApart() {
        assertThat(broken(RULES.importsPointDown(Component.WAL)))
                .anyMatch(line -> line.contains("page.KnowsDriver"));
        assertThat(broken(RULES.importsPointDown(Component.VLOG)))
                .anyMatch(line -> line.contains("wal.KnowsPage"));
    }

    @Test
    void strayPackageIsFoundAndToolsAreNot() {
        assertThat(broken(RULES.everyClassHasAComponent()))
                .anyMatch(line -> line.contains("stray.Stray"))
                .noneMatch(line -> line.contains("cli.Tool"));
    }

    @Test
    void worldIsSeenInCallsReferencesAndConstructors() {
        assertThat(broken(RULES.worldStaysOutside()))
                .anyMatch(line -> line.contains("tablet.ReadsClock"))
                .anyMatch(line -> line.contains("comm.DrawsLots"))
                .anyMatch(line -> line.contains("page.StartsThread"))
                .noneMatch(line -> line.contains("comm.SystemClock"))
                .noneMatch(line -> line.contains("runtime.MayDoAll"));
    }

    @Test
    void monitorsAreSeenInBlocksAndModifiers() {
        assertThat(broken(RULES.nothingSynchronized()))
                .hasSize(2)
                .anyMatch(line -> line.contains("SynchronizesBlock"))
                .anyMatch(line -> line.contains("SynchronizesMethod"));
    }

    private static List<String> broken(ArchRule rule) {
        return rule.evaluate(CLASSES).getFailureReport().getDetails();
    }
}
