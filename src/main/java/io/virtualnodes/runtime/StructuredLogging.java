package io.virtualnodes.runtime;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Logger;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Keeps the key-values of a log line apart from its message, for logs in JSON: there each is a
 * field of {@code mdc}. Without this SLF4J's binding writes them before the message, which is as
 * text should be.
 *
 * <h2>Why SLF4J's provider is replaced by hand</h2>
 *
 * The binding to JBoss' log manager does not know key-values. SLF4J can be told of another
 * provider, but Quarkus loads it before anything of ours and where nothing of ours is seen. So the
 * one that it found is wrapped, through a field that is not public. A release of SLF4J without that
 * field is noticed at once: logs in JSON then fail the start. A binding that knows key-values would
 * change our mind.
 */
final class StructuredLogging implements ILoggerFactory {
  /** As Quarkus calls it. */
  static final String SWITCH = "QUARKUS_LOG_CONSOLE_JSON_ENABLED";

  private static final String PROVIDER = "PROVIDER";

  /** Does so if logs are to be in JSON. To be called before any other class has its logger. */
  static void installIfAskedFor() {
    var json =
        Optional.ofNullable(System.getProperty("quarkus.log.console.json.enabled"))
            .orElseGet(() -> System.getenv(SWITCH));
    if (Boolean.parseBoolean(json)) {
      install();
    }
  }

  private static void install() {
    // SLF4J looks for its provider when it is first asked for something.
    LoggerFactory.getILoggerFactory();
    try {
      var field = LoggerFactory.class.getDeclaredField(PROVIDER);
      field.setAccessible(true);
      field.set(null, new Provider((SLF4JServiceProvider) field.get(null)));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          SWITCH + ": this release of SLF4J cannot be told how to log in JSON", e);
    }
  }

  @Override
  public org.slf4j.Logger getLogger(String name) {
    return new KeyedLogger(Logger.getLogger(name));
  }

  /** The one that was there, but for its loggers. */
  private record Provider(SLF4JServiceProvider wrapped) implements SLF4JServiceProvider {
    @Override
    public ILoggerFactory getLoggerFactory() {
      return new StructuredLogging();
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
      return wrapped.getMarkerFactory();
    }

    @Override
    public MDCAdapter getMDCAdapter() {
      return wrapped.getMDCAdapter();
    }

    @Override
    public String getRequestedApiVersion() {
      return wrapped.getRequestedApiVersion();
    }

    @Override
    public void initialize() {
      // It was, by SLF4J.
    }
  }

  /** Of one category. */
  private static final class KeyedLogger extends LegacyAbstractLogger implements LoggingEventAware {
    private static final long serialVersionUID = 1L;
    private static final String CALLER = KeyedLogger.class.getName();

    private final transient Logger logger;

    KeyedLogger(Logger logger) {
      this.logger = logger;
      this.name = logger.getName();
    }

    @Override
    public void log(LoggingEvent event) {
      log(
          event.getLevel(),
          MessageFormatter.basicArrayFormat(event.getMessage(), event.getArgumentArray()),
          Optional.ofNullable(event.getKeyValuePairs()).orElse(List.of()),
          event.getThrowable());
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level, Marker marker, String message, Object[] arguments, Throwable failure) {
      log(level, MessageFormatter.basicArrayFormat(message, arguments), List.of(), failure);
    }

    private void log(
        Level level, String message, Collection<KeyValuePair> pairs, Throwable failure) {
      var known = level(level);
      if (!logger.isLoggable(known)) {
        return;
      }
      var line = new ExtLogRecord(known, message, ExtLogRecord.FormatStyle.NO_FORMAT, CALLER);
      line.setLoggerName(name);
      line.setThrown(failure);
      pairs.forEach(pair -> line.putMdc(pair.key, String.valueOf(pair.value)));
      logger.logRaw(line);
    }

    private static java.util.logging.Level level(Level level) {
      return switch (level) {
        case ERROR -> org.jboss.logmanager.Level.ERROR;
        case WARN -> org.jboss.logmanager.Level.WARN;
        case INFO -> org.jboss.logmanager.Level.INFO;
        case DEBUG -> org.jboss.logmanager.Level.DEBUG;
        case TRACE -> org.jboss.logmanager.Level.TRACE;
      };
    }

    @Override
    protected String getFullyQualifiedCallerName() {
      return CALLER;
    }

    @Override
    public boolean isTraceEnabled() {
      return logger.isLoggable(org.jboss.logmanager.Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
      return logger.isLoggable(org.jboss.logmanager.Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
      return logger.isLoggable(org.jboss.logmanager.Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
      return logger.isLoggable(org.jboss.logmanager.Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
      return logger.isLoggable(org.jboss.logmanager.Level.ERROR);
    }
  }
}
