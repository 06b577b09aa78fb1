package io.openib.mca;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a file in Open MPI's format: {@code name = value} a line, the value being the rest of the line without the
 * blanks around it and without one pair of quotes; {@code -mca name value} and {@code --mca name value}, several of them too; blank lines;
 * comments that begin a line with #, // or a C comment. {@code -x VARIABLE=value} is its launcher's affair, and passed over. A line that
 * is none of these is a problem. What is no UTF-8 counts as ISO-8859-1, as it may in a comment.
 */
final class ParameterFile {
    private static final Pattern ASSIGNMENT = Pattern.compile("([^\\s=]+)\\s*=(.*)");
    private static final Pattern OPTION = Pattern.compile(
            "-(?:-?mca\\s+(\\S+)\\s+(\"[^\"]*\"|'[^']*'|\\S.*?)|x\\s+\\S.*?)(?:\\s+(?=-(?:-?mca|x)\\s)|$)");

    /** What some editors begin a file of UTF-8 with. */
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private static final Path EMPTY = Path.of("/dev/null");

    private final Path path;
    private final Origin.Kind kind;
    private final List<Setting> settings = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private int lineNumber;
    private int commentLine;

    private ParameterFile(Path path, Origin.Kind kind) {
        this.path = path;
        this.kind = kind;
    }

    static Source read(Path path, Origin.Kind kind, boolean mustExist) {
        ParameterFile file = new ParameterFile(path, kind);
        try {
            if (waitsForAWriter(path)) {
                file.problems.add(
                        Problems.badFile(file.whole(), "is no file but a pipe or a device; name a file of text"));
            } else {
                file.parse(lines(path));
            }
        } catch (NoSuchFileException e) {
            if (mustExist) {
                file.problems.add(
                        Problems.badFile(file.whole(), "there is no such file; correct the path or create it"));
            }
        } catch (CharacterCodingException e) {
            file.problems.add(Problems.badFile(file.whole(), "cannot be read (" + e + "); it must be UTF-8 text"));
        } catch (IOException e) {
            // Where the folder may not be entered nobody can say that there is one.
            if (mustExist || Files.exists(path)) {
                file.problems.add(Problems.badFile(file.whole(), "cannot be read (" + e + "); see who may read it"));
            }
        }
        return new Source(true, file.settings, file.problems);
    }

    /** What is read for ever, or for as long as nobody writes; /dev/null is a file without parameters, as elsewhere. */
    private static boolean waitsForAWriter(Path path) throws IOException {
        return Files.exists(path)
                && Files.readAttributes(path, BasicFileAttributes.class).isOther()
                && !path.toRealPath().equals(EMPTY);
    }

    private static List<String> lines(Path path) throws IOException {
        try {
            return Files.readAllLines(path);
        } catch (CharacterCodingException e) {
            List<String> lines = Files.readAllLines(path, StandardCharsets.ISO_8859_1);
            if (lines.stream().anyMatch(line -> line.indexOf('\0') >= 0)) {
                throw e;
            }
            return lines;
        }
    }

    private void parse(List<String> lines) {
        for (String line : lines) {
            lineNumber++;
            boolean isMarked = lineNumber == 1 && line.startsWith(BYTE_ORDER_MARK);
            parseLine((isMarked ? line.substring(BYTE_ORDER_MARK.length()) : line).strip());
        }
        if (commentLine > 0) {
            problems.add(Problems.badFile(at(commentLine), "the comment that begins here never ends; close it"));
        }
    }

    private void parseLine(String line) {
        String rest = line;
        while (commentLine > 0 || rest.startsWith("/*")) {
            int end = rest.indexOf("*/", commentLine > 0 ? 0 : 2);
            if (end < 0) {
                commentLine = commentLine > 0 ? commentLine : lineNumber;
                return;
            }
            commentLine = 0;
            rest = rest.substring(end + 2).strip();
        }
        if (!rest.isEmpty() && !rest.startsWith("#") && !rest.startsWith("//")) {
            parseSetting(rest);
        }
    }

    private void parseSetting(String text) {
        Matcher assignment = ASSIGNMENT.matcher(text);
        if (text.startsWith("-")) {
            parseOptions(text);
        } else if (assignment.matches()) {
            settings.add(new Setting(assignment.group(1), unquote(assignment.group(2)), at(lineNumber)));
        } else {
            meansNothing(text);
        }
    }

    private void parseOptions(String text) {
        Matcher option = OPTION.matcher(text);
        int end = 0;
        while (end < text.length() && option.region(end, text.length()).lookingAt()) {
            if (option.group(1) != null) {
                settings.add(new Setting(option.group(1), unquote(option.group(2)), at(lineNumber)));
            }
            end = option.end();
        }
        if (end < text.length()) {
            meansNothing(text.substring(end));
        }
    }

    private void meansNothing(String text) {
        problems.add(Problems.badFile(at(lineNumber), "\"" + text + "\" means nothing; write name = value"));
    }

    /** The text of a value such that reading it gives the value again. */
    static String quote(String value) {
        return value.equals(unquote(value)) ? value : '"' + value + '"';
    }

    private static String unquote(String text) {
        String value = text.strip();
        boolean isQuoted = value.length() >= 2
                && value.charAt(0) == value.charAt(value.length() - 1)
                && (value.charAt(0) == '"' || value.charAt(0) == '\'');
        return isQuoted ? value.substring(1, value.length() - 1) : value;
    }

    private Origin whole() {
        return new Origin(kind, path.toString());
    }

    private Origin at(int line) {
        return new Origin(kind, path + ":" + line);
    }
}
