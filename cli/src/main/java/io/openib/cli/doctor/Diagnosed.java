package io.openib.cli.doctor;

import io.openib.verbs.Finding;

/**
 * A finding, and what it is about.
 *
 * @param subject the host, a provider, a device and port, the launcher
 */
public record Diagnosed(String subject, Finding finding) {}
