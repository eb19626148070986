package site.js0.jdb.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import site.js0.jdb.cli.text.ByteText;

/**
 * What Tab offers: commands, their options, names of databases and tables where one is expected.
 */
final class ShellCompleter implements Completer {
    private final Env.Session session;
    private final Map<String, CommandLine> commands;

    ShellCompleter(Env.Session session, Map<String, CommandLine> commands) {
        this.session = session;
        this.commands = commands;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        for (String word : offers(line.words(), line.wordIndex(), line.word())) {
            candidates.add(new Candidate(word));
        }
    }

    /** Candidates for {@code words[index]}, of which {@code typed} is there already. */
    List<String> offers(List<String> words, int index, String typed) {
        if (index == 0) {
            List<String> all = new ArrayList<>(commands.keySet());
            all.addAll(ShellCommand.BUILT_IN);
            return all;
        }
        String command = words.get(0);
        String before = words.get(index - 1);
        if (command.equals("use") || command.equals("help")) {
            return command.equals("help")
                    ? List.copyOf(commands.keySet())
                    : index == 1 ? databases() : index == 2 ? tables(words.get(1)) : List.of();
        }
        if (before.equals("--database") || before.equals("-D")) {
            return databases();
        }
        if (before.equals("--table") || before.equals("-t")) {
            return tables(databaseNamedIn(words));
        }
        CommandLine known = commands.get(command);
        return known != null && typed.startsWith("-") ? options(known.getCommandSpec()) : List.of();
    }

    private List<String> databases() {
        return session.jdb.databaseNames().stream().map(ByteText::encodeText).toList();
    }

    private List<String> tables(String database) {
        return session.jdb.database(Arguments.bytes("database", database)).tableNames().stream()
                .map(ByteText::encodeText)
                .toList();
    }

    private String databaseNamedIn(List<String> words) {
        for (int i = 1; i < words.size() - 1; i++) {
            if (words.get(i).equals("--database") || words.get(i).equals("-D")) {
                return words.get(i + 1);
            }
        }
        return session.database;
    }

    private static List<String> options(CommandSpec spec) {
        List<String> names = new ArrayList<>();
        for (OptionSpec option : spec.options()) {
            if (!option.hidden()) {
                names.add(option.longestName());
            }
        }
        return names;
    }
}
