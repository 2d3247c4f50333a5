package io.virtualnodes.backend.fargate;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * Hears from a queue that something happened to tasks. EventBridge delivers each event once or
 * more, late and in any order, so that what it says is not read: it is a hint to look, and nothing
 * depends on it. One queue is one pool's, since each message is heard by one reader.
 */
final class TaskEvents implements AutoCloseable {
  private static final int MOST_MESSAGES = 10;

  /** As long as the queue lets a reader wait, in seconds; shorter than an answer is waited for. */
  private static final int WAIT_SECONDS = 20;

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(TaskEvents.class);

  private final String queue;
  private final Runnable hint;
  private final SqsClient queues;
  private final Thread thread;
  private volatile boolean closed;

  /** Listens at once, and until it is closed. */
  TaskEvents(AwsLogin login, String queue, Runnable hint) {
    this.queue = queue;
    this.hint = hint;
    this.queues = login.client(SqsClient.builder());
    this.thread =
        Thread.ofVirtual().name("task-events-" + login.place().pool()).start(this::listen);
  }

  private void listen() {
    boolean told = false;
    while (!closed) {
      try {
        var messages = receive();
        if (!messages.isEmpty()) {
          hint.run();
          forget(messages);
        }
        told = false;
      } catch (RuntimeException e) {
        if (closed) {
          return;
        }
        if (!told) {
          log.atWarn()
              .addKeyValue("queue", queue)
              .addKeyValue("failure", FargateFailures.of(e).getMessage())
              .log("events of tasks cannot be read; changes are seen a beat later");
        }
        told = true;
        if (!waited()) {
          return;
        }
      }
    }
  }

  private List<Message> receive() {
    return queues
        .receiveMessage(
            asked ->
                asked
                    .queueUrl(queue)
                    .maxNumberOfMessages(MOST_MESSAGES)
                    .waitTimeSeconds(WAIT_SECONDS))
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
