package site.js0.jdb.cli.bench;

import java.util.List;
import java.util.Locale;

/**
 * What one workload gave.
 *
 * @param seconds from the first to the last operation
 * @param opsPerSecond ops by seconds; for workloads that write, by seconds and settleSeconds
 * @param p50Micros median latency of a call, with the generator's share (some 50 ns); all calls are
 *     recorded
 * @param settleSeconds then until background work was done
 * @param userBytes keys and values put, or got
 * @param writtenBytes to the device, settling included
 * @param diskBytes size of all files after settling
 * @param peakRssBytes of the process since it began
 * @param errors wrong or missing values, wrong order, exceptions
 * @param intervalRates operations per second in each part of the workload
 */
public record KvResult(
        String workload,
        long ops,
        double seconds,
        double opsPerSecond,
        double p50Micros,
        double p99Micros,
        double p999Micros,
        double maxMicros,
        double settleSeconds,
        long userBytes,
        long writtenBytes,
        long diskBytes,
        long peakRssBytes,
        long errors,
        String engine,
        int threads,
        int keyBytes,
        int valueBytes,
        boolean denseKeys,
        boolean sync,
        double foregroundOpsPerSecond,
        double reopenSeconds,
        double warmSeconds,
        long backgroundWrites,
        List<Double> intervalRates,
        String firstError) {
    /** One line of JSON; the fields up to errors are a contract, the rest may grow. */
    public String toJson() {
        StringBuilder json = new StringBuilder("{");
        text(json, "workload", workload);
        number(json, "ops", ops);
        number(json, "seconds", seconds);
        number(json, "opsPerSecond", opsPerSecond);
        number(json, "p50Micros", p50Micros);
        number(json, "p99Micros", p99Micros);
        number(json, "p999Micros", p999Micros);
        number(json, "maxMicros", maxMicros);
        number(json, "settleSeconds", settleSeconds);
        number(json, "userBytes", userBytes);
        number(json, "writtenBytes", writtenBytes);
        number(json, "diskBytes", diskBytes);
        number(json, "peakRssBytes", peakRssBytes);
        number(json, "errors", errors);
        text(json, "engine", engine);
        number(json, "threads", threads);
        number(json, "keySize", keyBytes);
        number(json, "valueSize", valueBytes);
        text(json, "keys", denseKeys ? "dense" : "random");
        json.append(",\"sync\":").append(sync);
        number(json, "foregroundOpsPerSecond", foregroundOpsPerSecond);
        number(json, "reopenSeconds", reopenSeconds);
        number(json, "warmSeconds", warmSeconds);
        number(json, "backgroundWrites", backgroundWrites);
        json.append(",\"intervalOpsPerSecond\":[");
        for (int i = 0; i < intervalRates.size(); i++) {
            json.append(i == 0 ? "" : ",")
                    .append(String.format(Locale.ROOT, "%.1f", intervalRates.get(i)));
        }
        json.append(']');
        if (!firstError.isEmpty()) {
            text(json, "firstError", firstError);
        }
        return json.append('}').toString();
    }

    private static void name(StringBuilder json, String name) {
        if (json.length() > 1) {
            json.append(',');
        }
        json.append('"').append(name).append("\":");
    }

    private static void number(StringBuilder json, String name, long value) {
        name(json, name);
        json.append(value);
    }

    private static void number(StringBuilder json, String name, double value) {
        name(json, name);
        json.append(String.format(Locale.ROOT, "%.3f", value));
    }

    private static void text(StringBuilder json, String name, String value) {
        name(json, name);
        json.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20) {
                json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }

    /** Head of the table that {@link #toRow} fills. */
    public static String header() {
        return String.format(
                Locale.ROOT,
                "%-17s %11s %11s %9s %9s %9s %10s %8s %8s %7s",
                "workload",
                "ops",
                "ops/s",
                "p50 us",
                "p99 us",
                "p99.9 us",
                "max us",
                "settle s",
                "written",
                "errors");
    }

    /** One line for people; written is per byte put. */
    public String toRow() {
        return String.format(
                Locale.ROOT,
                "%-17s %,11d %,11.0f %9.2f %9.2f %9.2f %10.0f %8.2f %8s %7d",
                workload,
                ops,
                opsPerSecond,
                p50Micros,
                p99Micros,
                p999Micros,
                maxMicros,
                settleSeconds,
                userBytes == 0 || writtenBytes == 0
                        ? "-"
                        : String.format(Locale.ROOT, "%.2fx", (double) writtenBytes / userBytes),
                errors);
    }
}
