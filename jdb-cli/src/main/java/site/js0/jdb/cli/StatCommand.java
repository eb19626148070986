package site.js0.jdb.cli;

import java.io.ByteArrayOutputStream;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Stats;
import site.js0.jdb.cli.data.Json;
import site.js0.jdb.comm.StatName;
import tools.jackson.core.JsonGenerator;

/** Prints the engine's counters. */
@Command(
        name = "stat",
        header = "Print the engine's counters and sizes.",
        description = {
            "",
            "Facts first (driver, versions, options in force), then counters, sums over all shards, each with what it"
                    + " counts. Counters begin at opening, so here they say what opening did; in the shell, and in a"
                    + " program (Jdb.stats()), all that was done since. Names that end in Bytes are bytes.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb stat",
            "  jetdb stat --shards             each shard's numbers too",
            "  jetdb stat --json | jq .totals",
        })
final class StatCommand extends DbCommand {
    @Option(names = "--shards", description = "Each shard's numbers too.")
    private boolean shards;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    StatCommand(Env env) {
        super(env);
    }

    @Override
    int run(Jdb jdb) {
        Stats stats = jdb.stats();
        if (json) {
            printJson(stats);
            return ExitCode.OK;
        }
        stats.info()
                .forEach((name, value) ->
                        env.out.line(String.format(Locale.ROOT, "%-32s %s", name, value)));
        printNumbers("", stats.totals());
        if (shards) {
            stats.perShard()
                    .forEach((shard, numbers) -> printNumbers("shard" + shard + ".", numbers));
        }
        return ExitCode.OK;
    }

    private void printNumbers(String prefix, SortedMap<String, Long> numbers) {
        numbers.forEach((name, value) -> {
            StatName known = StatName.of(name);
            env.out.line(
                    String.format(
                                    Locale.ROOT,
                                    "%-32s %,15d  %s",
                                    prefix + name,
                                    value,
                                    known == null ? "" : known.meaning())
                            .stripTrailing());
        });
    }

    private void printJson(Stats stats) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (JsonGenerator out = Json.generator(line)) {
            out.writeStartObject();
            out.writeObjectPropertyStart("info");
            stats.info().forEach(out::writeStringProperty);
            out.writeEndObject();
            writeNumbers(out, "totals", stats.totals());
            if (shards) {
                out.writeObjectPropertyStart("shards");
                for (Map.Entry<Integer, SortedMap<String, Long>> shard :
                        stats.perShard().entrySet()) {
                    writeNumbers(out, shard.getKey().toString(), shard.getValue());
                }
                out.writeEndObject();
            }
            out.writeEndObject();
        }
        line.write('\n');
        env.out.write(line.toByteArray());
    }

    private static void writeNumbers(
            JsonGenerator out, String name, SortedMap<String, Long> numbers) {
        out.writeObjectPropertyStart(name);
        numbers.forEach(out::writeNumberProperty);
        out.writeEndObject();
    }
}
