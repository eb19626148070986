package site.js0.jdb.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a line of the shell into words: at spaces and tabs, except inside {@code '...'} and {@code
 * "..."}. A backslash is only a backslash, since {@code text:} has escapes of its own; a quote is
 * written inside quotes of the other kind. A word that begins with {@code #} begins a comment.
 */
final class ShellWords {
    private ShellWords() {}

    static List<String> split(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\'' || c == '"') {
                int end = line.indexOf(c, i + 1);
                if (end < 0) {
                    throw CliException.usage(
                            "a quote is opened at position " + (i + 1) + " and never closed", "");
                }
                word.append(line, i + 1, end);
                inWord = true;
                i = end;
            } else if (c == ' ' || c == '\t') {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                    inWord = false;
                }
            } else if (c == '#' && !inWord) {
                return words;
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }
}
