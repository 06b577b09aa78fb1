import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Prints each skipped test of the last run with its reason; exits 1 when one is not expected, or when no test ran. */
public final class Skips {
    public static void main(String[] args) throws Exception {
        Set<String> expected = expected(Path.of(args[0]));
        TreeMap<String, String> skipped = new TreeMap<>();
        int run = 0;
        DocumentBuilder xml = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        for (Path report : reports()) {
            NodeList cases = xml.parse(report.toFile()).getElementsByTagName("testcase");
            for (int i = 0; i < cases.getLength(); i++) {
                Element test = (Element) cases.item(i);
                NodeList skips = test.getElementsByTagName("skipped");
                if (skips.getLength() == 0) {
                    run++;
                    continue;
                }
                skipped.put(
                        test.getAttribute("classname") + "#" + test.getAttribute("name"),
                        reason((Element) skips.item(0)));
            }
        }
        boolean surprise = run == 0;
        for (var skip : skipped.entrySet()) {
            boolean known = expected.contains(skip.getKey());
            surprise |= !known;
            System.out.printf(
                    "skipped%s: %s: %s%n", known ? "" : " and not expected", skip.getKey(), skip.getValue());
        }
        System.out.printf("%d tests ran, %d were skipped%n", run, skipped.size());
        if (surprise) {
            System.out.println("A skip must be named with its reason in " + args[0] + "; and some test must run.");
            System.exit(1);
        }
    }

    /** An annotation's reason is a message; an assumption's is the first line of what was thrown. */
    private static String reason(Element skip) {
        String message = skip.getAttribute("message");
        String text = message.isEmpty() ? skip.getTextContent().strip() : message;
        return text.lines().findFirst().orElse("no reason given").replaceFirst("^[\\w.]+(Exception|Error): ", "");
    }

    private static Set<String> expected(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> line.replaceFirst("\\s+#.*", "").strip())
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .collect(Collectors.toSet());
    }

    private static List<Path> reports() throws IOException {
        try (Stream<Path> files = Files.find(Path.of("."), 4, (path, attributes) -> path.getFileName()
                        .toString()
                        .matches("TEST-.*\\.xml")
                && path.getParent().endsWith("target/surefire-reports"))) {
            return files.sorted().toList();
        }
    }
}
