package io.openib.cli.conformance;

import io.openib.cli.conformance.CaseResult.Outcome;
import io.openib.cli.output.UsageException;
import io.openib.cli.programs.ProgramFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Results in the form of JUnit's XML reports, which every continuous integration reads. */
final class JunitXml {
    private JunitXml() {}

    /**
     * Refuses a file that could not be written later, and writes nothing.
     *
     * @throws UsageException with the reason
     */
    static void check(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        boolean isThere = Files.exists(file);
        String why = "";
        if (Files.isDirectory(file)) {
            why = "it is a folder";
        } else if (!isThere && (folder == null || !Files.isDirectory(folder))) {
            why = "there is no folder " + folder;
        } else if (!Files.isWritable(isThere || folder == null ? file : folder)) {
            why = isThere ? "this user may not write it" : "this user may not write in " + folder;
        }
        if (!why.isEmpty()) {
            throw new UsageException("--junit " + file + " cannot be written: " + why);
        }
    }

    /**
     * Writes one suite with all cases.
     *
     * @throws ProgramFailure if it cannot be written
     */
    static void write(Path file, List<CaseResult> results) {
        try (Writer text = Files.newBufferedWriter(file)) {
            XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeStartElement("testsuite");
            xml.writeAttribute("name", "openib conformance");
            xml.writeAttribute("tests", Integer.toString(results.size()));
            xml.writeAttribute("failures", Long.toString(count(results, Outcome.FAILED)));
            xml.writeAttribute("skipped", Long.toString(count(results, Outcome.SKIPPED)));
            xml.writeAttribute("errors", "0");
            xml.writeAttribute(
                    "time",
                    seconds(results.stream().mapToDouble(CaseResult::seconds).sum()));
            for (CaseResult result : results) {
                write(xml, result);
            }
            xml.writeEndElement();
            xml.writeEndDocument();
            xml.close();
        } catch (IOException | XMLStreamException e) {
            throw new ProgramFailure("--junit " + file + " cannot be written: " + e);
        }
    }

    static long count(List<CaseResult> results, Outcome outcome) {
        return results.stream().filter(result -> result.outcome() == outcome).count();
    }

    private static void write(XMLStreamWriter xml, CaseResult result) throws XMLStreamException {
        xml.writeStartElement("testcase");
        xml.writeAttribute("classname", result.group() + " " + result.pair());
        xml.writeAttribute("name", result.name());
        xml.writeAttribute("time", seconds(result.seconds()));
        if (result.outcome() != Outcome.OK) {
            xml.writeStartElement(result.outcome() == Outcome.FAILED ? "failure" : "skipped");
            xml.writeAttribute("message", legal(result.reason()));
            if (result.failure() != null) {
                StringWriter trace = new StringWriter();
                result.failure().printStackTrace(new PrintWriter(trace));
                xml.writeCharacters(legal(trace.toString()));
            }
            xml.writeEndElement();
        }
        xml.writeEndElement();
    }

    private static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.3f", seconds);
    }

    /** Without the characters that XML 1.0 cannot hold. */
    private static String legal(String text) {
        return text.replaceAll("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD]", "?");
    }
}
