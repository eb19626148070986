package site.js0.jdb.cli.demo;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import site.js0.jdb.api.Scan;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.api.Table;
import site.js0.jdb.cli.data.Json;
import site.js0.jdb.cli.text.TupleKey;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Three questions about the weather, answered from the store by reading ranges of keys.
 *
 * <p>Keys of {@code daily} are (location, date), keys of {@code hourly} are date and time; values
 * are JSON objects.
 */
public final class WeatherQuestions {
    /** A question, how it was read from the store, and what came out. */
    public record Answer(String question, String read, List<String> lines) {}

    private static final List<String> CITIES = List.of("New York", "Seattle");

    private final Table daily;
    private final Table hourly;

    public WeatherQuestions(Table daily, Table hourly) {
        this.daily = daily;
        this.hourly = hourly;
    }

    /** All three. */
    public List<Answer> ask() {
        return List.of(wettestMonth(), hottestDays(), julyHours());
    }

    private Answer wettestMonth() {
        List<String> lines = new ArrayList<>();
        for (String city : CITIES) {
            Map<String, Double> monthly = new TreeMap<>();
            try (Scan scan = daily.scan(ScanRange.prefix(key(city, "")))) {
                while (scan.next()) {
                    byte[] row = scan.value();
                    monthly.merge(
                            text(row, "date").substring(0, 7),
                            number(row, "precipitation"),
                            Double::sum);
                }
            }
            Map.Entry<String, Double> most = null;
            for (Map.Entry<String, Double> month : monthly.entrySet()) {
                most = most == null || month.getValue() > most.getValue() ? month : most;
            }
            lines.add(
                    most == null
                            ? city + ": no rows"
                            : String.format(
                                    Locale.ROOT,
                                    "%-9s %s, %.1f mm",
                                    city,
                                    most.getKey(),
                                    most.getValue()));
        }
        return new Answer(
                "Which month was the wettest?",
                "two prefix scans, one a city, 1,461 rows each",
                lines);
    }

    private Answer hottestDays() {
        List<String> lines = new ArrayList<>();
        for (String city : CITIES) {
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-9s", city));
            for (int year = 2012; year <= 2015; year++) {
                String hottest = "none";
                double highest = Double.NEGATIVE_INFINITY;
                try (Scan scan = daily.scan(ScanRange.prefix(key(city, year + "-")))) {
                    while (scan.next()) {
                        byte[] row = scan.value();
                        double temperature = number(row, "temp_max");
                        if (temperature > highest) {
                            highest = temperature;
                            hottest = text(row, "date");
                        }
                    }
                }
                line.append(String.format(Locale.ROOT, "  %s %.1f C", hottest, highest));
            }
            lines.add(line.toString());
        }
        return new Answer(
                "Which was the hottest day of each year?",
                "eight prefix scans, one a city and year",
                lines);
    }

    private Answer julyHours() {
        double[] sums = new double[24];
        int[] counts = new int[24];
        try (Scan scan =
                hourly.scan(ScanRange.all().from(utf8("2010-07-01")).to(utf8("2010-08-01")))) {
            while (scan.next()) {
                byte[] row = scan.value();
                int hour = Integer.parseInt(text(row, "date").substring(11, 13));
                sums[hour] += number(row, "temperature");
                counts[hour]++;
            }
        }
        int warmest = 0;
        int coldest = 0;
        for (int hour = 0; hour < 24; hour++) {
            sums[hour] /= Math.max(1, counts[hour]);
            warmest = sums[hour] > sums[warmest] ? hour : warmest;
            coldest = sums[hour] < sums[coldest] ? hour : coldest;
        }
        return new Answer(
                "At what hours is a July day in Seattle coldest and warmest?",
                "one range scan, 744 rows of climate normals",
                List.of(
                        String.format(
                                Locale.ROOT,
                                "coldest at %02d:00 (%.1f C), warmest at %02d:00 (%.1f C)",
                                coldest,
                                sums[coldest],
                                warmest,
                                sums[warmest])));
    }

    private static byte[] key(String city, String date) {
        return TupleKey.encode(List.of(utf8(city), utf8(date)));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static double number(byte[] row, String field) {
        return Double.parseDouble(text(row, field));
    }

    /** A field of a JSON object. */
    private static String text(byte[] row, String field) {
        try (JsonParser parser = Json.parser(row)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals(field)) {
                    return parser.getString();
                }
                parser.skipChildren();
            }
        }
        throw new IllegalStateException(
                "a row without " + field + ": " + new String(row, StandardCharsets.UTF_8));
    }
}
