package site.js0.jdb.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * Runs a {@code @ParameterizedTest} once per seed, which is its only parameter, a {@code long}.
 *
 * <pre>{@code
 * @ParameterizedTest
 * @Seeds(200)
 * void everyCrashKeepsWhatWasSynced(long seed) { ... }
 * }</pre>
 *
 * <p>The seeds are 1 to {@link #value()}, the same in every run. A failure prints the seed and how
 * to run it alone: {@code -Djdb.seed=N}. {@code -Djdb.seeds.from=N} starts elsewhere and {@code
 * -Djdb.seeds.times=K} takes {@code K} times as many, for long searches.
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ArgumentsSource(SeedsProvider.class)
@ExtendWith(SeedReport.class)
public @interface Seeds {
    /** How many seeds. */
    int value() default 20;
}
