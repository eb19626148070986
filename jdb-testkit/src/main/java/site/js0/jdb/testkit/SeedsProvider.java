package site.js0.jdb.testkit;

import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** Gives the seeds of a {@link Seeds} test. JUnit makes it. */
public final class SeedsProvider implements ArgumentsProvider, AnnotationConsumer<Seeds> {
    static final String ONE = "jdb.seed";
    static final String FROM = "jdb.seeds.from";
    static final String TIMES = "jdb.seeds.times";

    private int count;

    @Override
    public void accept(Seeds annotation) {
        this.count = annotation.value();
    }

    @Override
    public Stream<? extends Arguments> provideArguments(
            ParameterDeclarations parameters, ExtensionContext context) {
        return seeds(
                        count,
                        System.getProperty(ONE),
                        System.getProperty(FROM),
                        System.getProperty(TIMES))
                .mapToObj(seed -> Arguments.of(seed));
    }

    static LongStream seeds(
            int count, @Nullable String one, @Nullable String from, @Nullable String times) {
        if (count < 1) {
            throw new IllegalArgumentException("@Seeds needs at least one seed, was " + count);
        }
        if (one != null) {
            return LongStream.of(Long.parseLong(one));
        }
        long first = from == null ? 1 : Long.parseLong(from);
        long all = times == null ? count : Math.multiplyExact((long) count, Long.parseLong(times));
        return LongStream.range(first, Math.addExact(first, all));
    }
}
