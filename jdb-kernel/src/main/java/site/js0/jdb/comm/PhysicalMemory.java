package site.js0.jdb.comm;

import java.lang.management.ManagementFactory;

/** How much memory the machine (or the container the JVM sees) has. */
final class PhysicalMemory {
    private PhysicalMemory() {}

    static long bytes() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean os
                ? os.getTotalMemorySize()
                : 4L << 30;
    }
}
