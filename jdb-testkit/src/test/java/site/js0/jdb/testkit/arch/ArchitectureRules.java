package site.js0.jdb.testkit.arch;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * The rules that hold for the engine's classes below a root package.
 *
 * <p>The root is a parameter because the rules run twice: over the engine, where they must hold,
 * and over {@code planted}, where each must fail. A rule that cannot fail holds nothing.
 */
final class ArchitectureRules {
    /** The tools that are built on the engine: free to use what is exported to them. */
    private static final Set<String> TOOLS = Set.of("testkit", "cli", "bench");

    private static final Set<String> THREAD_STARTERS =
            Set.of("ofPlatform", "ofVirtual", "startVirtualThread");

    private final String root;

    ArchitectureRules(String root) {
        this.root = root;
    }

    List<ArchRule> all() {
        List<ArchRule> rules = new ArrayList<>();
        rules.add(everyClassHasAComponent());
        for (Component component : Component.values()) rules.add(importsPointDown(component));
        rules.add(nativeCallsStayInIo());
        rules.add(worldStaysOutside());
        rules.add(noLocksOrAtomics());
        rules.add(noVolatileFields());
        rules.add(nothingSynchronized());
        return rules;
    }

    /** Without this a new package would escape every rule below. */
    ArchRule everyClassHasAComponent() {
        return rule(
                "every class belongs to a component that Component.java lists, or to a tool",
                c -> component(c).isEmpty() && !isTool(c),
                (c, report) -> report.accept(c, "is in no known component: " + c.getName()));
    }

    ArchRule importsPointDown(Component component) {
        return rule(
                component.packageName + " imports nothing of JDB but " + component.imports(),
                in(EnumSet.of(component)),
                (c, report) -> {
                    for (Dependency dependency : c.getDirectDependenciesFromSelf()) {
                        JavaClass target = dependency.getTargetClass().getBaseComponentType();
                        if (!isOurs(target)) continue;
                        if (!component(target).map(component::mayImport).orElse(false)) {
                            report.accept(c, dependency.getDescription());
                        }
                    }
                });
    }

    ArchRule nativeCallsStayInIo() {
        return rule(
                "java.lang.foreign.Linker is used in alloc, fs and fs.uring only",
                in(EnumSet.complementOf(EnumSet.copyOf(Component.NATIVE))),
                (c, report) ->
                        reportDependencies(
                                c,
                                t -> t.getName().startsWith("java.lang.foreign.Linker"),
                                report));
    }

    /** Time, chance and threads come from seams, so that a whole kernel can run from one seed. */
    ArchRule worldStaysOutside() {
        return rule(
                "clocks, unseeded random numbers and new threads are for runtime, drivers and SystemClock",
                in(EnumSet.complementOf(EnumSet.copyOf(Component.UNSEEDED)))
                        .and(c -> !c.getName().equals(root + ".comm.SystemClock")),
                (c, report) -> {
                    for (JavaCodeUnitAccess<?> access : c.getCodeUnitAccessesFromSelf()) {
                        if (touchesWorld(access)) report.accept(c, access.getDescription());
                    }
                });
    }

    ArchRule noLocksOrAtomics() {
        return rule(
                "what belongs to a shard (L2 to L4) uses no lock and no atomic",
                in(Component.UNSHARED),
                (c, report) ->
                        reportDependencies(
                                c,
                                t ->
                                        t.getPackageName().equals("java.util.concurrent.locks")
                                                || t.getPackageName()
                                                        .equals("java.util.concurrent.atomic"),
                                report));
    }

    ArchRule noVolatileFields() {
        return rule(
                "what belongs to a shard (L2 to L4) has no volatile field",
                in(Component.UNSHARED),
                (c, report) -> {
                    for (JavaField field : c.getFields()) {
                        if (field.getModifiers().contains(JavaModifier.VOLATILE)) {
                            report.accept(c, field.getDescription());
                        }
                    }
                });
    }

    /** ArchUnit does not show monitor instructions, so this one reads the class file. */
    ArchRule nothingSynchronized() {
        return rule(
                "what belongs to a shard (L2 to L4) has no synchronized method or block",
                in(Component.UNSHARED),
                (c, report) -> {
                    for (MethodModel method : classFile(c).methods()) {
                        boolean monitor =
                                method.code().stream()
                                        .flatMap(code -> code.elementStream())
                                        .anyMatch(MonitorInstruction.class::isInstance);
                        if (monitor || method.flags().has(AccessFlag.SYNCHRONIZED)) {
                            report.accept(
                                    c, c.getName() + "." + method.methodName() + " synchronizes");
                        }
                    }
                });
    }

    private static boolean touchesWorld(JavaCodeUnitAccess<?> access) {
        JavaClass owner = access.getTargetOwner();
        String name = access.getTarget().getName();
        boolean bare = access.getTarget().getRawParameterTypes().isEmpty();
        return switch (owner.getName()) {
            case "java.lang.System" -> name.equals("currentTimeMillis") || name.equals("nanoTime");
            case "java.time.Instant" -> name.equals("now");
            case "java.time.Clock" -> name.startsWith("system") || name.startsWith("tick");
            case "java.lang.Math", "java.lang.StrictMath" -> name.equals("random");
            case "java.util.Random", "java.util.SplittableRandom" -> name.equals("<init>") && bare;
            case "java.security.SecureRandom", "java.util.concurrent.ThreadLocalRandom" -> true;
            case "java.util.UUID" -> name.equals("randomUUID");
            case "java.util.concurrent.Executors" -> true;
            default ->
                    owner.isAssignableTo(Thread.class)
                            && (name.equals("<init>") || THREAD_STARTERS.contains(name));
        };
    }

    private static void reportDependencies(
            JavaClass c, Predicate<JavaClass> forbidden, BiConsumer<JavaClass, String> report) {
        for (Dependency dependency : c.getDirectDependenciesFromSelf()) {
            if (forbidden.test(dependency.getTargetClass().getBaseComponentType())) {
                report.accept(c, dependency.getDescription());
            }
        }
    }

    private static ClassModel classFile(JavaClass c) {
        try (InputStream in = c.getSource().orElseThrow().getUri().toURL().openStream()) {
            return ClassFile.of().parse(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<Component> component(JavaClass c) {
        return Component.of(root, c.getPackageName());
    }

    private Predicate<JavaClass> in(Set<Component> components) {
        return c -> component(c).map(components::contains).orElse(false);
    }

    private boolean isOurs(JavaClass c) {
        return c.getPackageName().startsWith(root + ".");
    }

    private boolean isTool(JavaClass c) {
        return TOOLS.stream()
                .anyMatch(t -> (c.getPackageName() + ".").startsWith(root + "." + t + "."));
    }

    /**
     * A rule over the classes that {@code subject} picks; {@code check} reports what is wrong with
     * one of them.
     */
    private static ArchRule rule(
            String description,
            Predicate<JavaClass> subject,
            BiConsumer<JavaClass, BiConsumer<JavaClass, String>> check) {
        var condition =
                new ArchCondition<JavaClass>("hold: " + description) {
                    @Override
                    public void check(JavaClass c, ConditionEvents events) {
                        check.accept(
                                c,
                                (at, what) -> events.add(SimpleConditionEvent.violated(at, what)));
                    }
                };
        return ArchRuleDefinition.classes()
                .that(DescribedPredicate.describe("are concerned", subject))
                .should(condition)
                .as(description)
                .allowEmptyShould(
                        true); // a component may have no class yet; ArchitectureTest counts them
    }
}
