package site.js0.jdb.testkit;

import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Adds to the failure of a {@link Seeds} test how to run that seed alone. JUnit makes it. */
public final class SeedReport implements InvocationInterceptor {
    /** Shows up under "Suppressed" in the failure, beside whatever the test itself said. */
    static final class Replay extends RuntimeException {
        Replay(String message) {
            super(message, null, false, false);
        }
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<@Nullable Void> invocation,
            ReflectiveInvocationContext<Method> call,
            ExtensionContext context)
            throws Throwable {
        try {
            invocation.proceed();
        } catch (Throwable t) {
            String message =
                    replay(
                            context.getRequiredTestClass(),
                            call.getExecutable(),
                            call.getArguments());
            System.err.println(message);
            t.addSuppressed(new Replay(message));
            throw t;
        }
    }

    static String replay(Class<?> test, Method method, List<Object> arguments) {
        Object seed = arguments.isEmpty() ? "?" : arguments.getFirst();
        return "failed with seed %s; run it alone with: ./build test jdb-testkit %s#%s -D%s=%s"
                .formatted(seed, test.getSimpleName(), method.getName(), SeedsProvider.ONE, seed);
    }
}
