package io.virtualnodes.backend.fargate;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * Hears from a queue to which tasks something happened. EventBridge delivers each event once or
 * more, late and in any order, so that no more is read of it than which task is to be looked at,
 * and nothing depends on it. One queue is one pool's, since each message is heard by one reader.
 */
final class TaskEvents implements AutoCloseable {
  private static final int MOST_MESSAGES = 10;

  /** As long as the queue lets a reader wait, in seconds; shorter than an answer is waited for. */
  private static final int WAIT_SECONDS = 20;

  // A hint that came too soon after another is given again after this, in seconds.
  private static final int OWED_WAIT_SECONDS = 1;

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(TaskEvents.class);

  private final String queue;
  private final TaskHints hints;
  private final BooleanSupplier hint;
  private final InstantSource clock;
  private final SqsClient queues;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Listens at once, and until it is closed.
   *
   * @param hints is told of the tasks
   * @param hint brings the next look forward; false if it must be asked again for that
   */
  TaskEvents(
      AwsLogin login, String queue, TaskHints hints, BooleanSupplier hint, InstantSource clock) {
    this.queue = queue;
    this.hints = hints;
    this.hint = hint;
    this.clock = clock;
    this.queues = login.client(SqsClient.builder());
    this.thread =
        Thread.ofVirtual().name("task-events-" + login.place().pool()).start(this::listen);
  }

  private void listen() {
    boolean told = false;
    boolean owed = false;
    while (!closed) {
      try {
        var messages = receive(owed ? OWED_WAIT_SECONDS : WAIT_SECONDS);
        hints.failing(false);
        if (!messages.isEmpty()) {
          tell(messages);
          owed = true;
        }
        owed = owed && !hint.getAsBoolean();
        if (!messages.isEmpty()) {
          forget(messages);
        }
        told = false;
      } catch (RuntimeException e) {
        if (closed) {
          return;
        }
        hints.failing(true);
        if (!told) {
          log.atWarn()
              .addKeyValue("queue", queue)
              .addKeyValue("failure", FargateFailures.of(e).getMessage())
              .log("events of tasks cannot be read; changes are seen later");
        }
        told = true;
        if (!waited()) {
          return;
        }
      }
    }
  }

  private void tell(List<Message> messages) {
    var now = clock.instant();
    messages.forEach(message -> TaskHints.Told.of(message.body(), now).ifPresent(hints::tell));
  }

  private List<Message> receive(int seconds) {
    return queues
        .receiveMessage(
            asked ->
                asked.queueUrl(queue).maxNumberOfMessages(MOST_MESSAGES).waitTimeSeconds(seconds))
        .messages();
  }

  /** One that comes again is another hint, and does no harm. */
  private void forget(List<Message> messages) {
    var entries =
        messages.stream()
            .map(
                message ->
                    DeleteMessageBatchRequestEntry.builder()
                        .id(String.valueOf(messages.indexOf(message)))
                        .receiptHandle(message.receiptHandle())
                        .build())
            .toList();
    queues.deleteMessageBatch(asked -> asked.queueUrl(queue).entries(entries));
  }

  private static boolean waited() {
    try {
      Thread.sleep(AFTER_FAILURE);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    queues.close();
  }
}
