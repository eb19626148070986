package site.js0.jdb.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Kinds of files that rows are imported from and exported to. */
enum FileFormat {
    CSV,
    NDJSON,
    RAW;

    /** What the file's name says, {@code .gz} left aside; null when it says nothing. */
    static @Nullable FileFormat ofName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".gz")) {
            lower = lower.substring(0, lower.length() - 3);
        }
        if (lower.endsWith(".csv") || lower.endsWith(".tsv")) {
            return CSV;
        }
        if (lower.endsWith(".ndjson") || lower.endsWith(".jsonl")) {
            return NDJSON;
        }
        return lower.endsWith(".dump") || lower.endsWith(".raw") ? RAW : null;
    }

    /** The delimiter that was asked for, or the one that the name suggests. */
    static char delimiter(String wanted, String name) {
        return switch (wanted) {
            case "" ->
                    name.toLowerCase(Locale.ROOT).replaceFirst("\\.gz$", "").endsWith(".tsv")
                            ? '\t'
                            : ',';
            case "tab", "\\t", "\t" -> '\t';
            default -> {
                if (wanted.length() != 1 || wanted.charAt(0) >= 0x80 || "\"\r\n".contains(wanted)) {
                    throw CliException.usage(
                            "--delimiter: expected one ASCII character other than a quote, or tab, got '"
                                    + wanted
                                    + "'",
                            "");
                }
                yield wanted.charAt(0);
            }
        };
    }
}
