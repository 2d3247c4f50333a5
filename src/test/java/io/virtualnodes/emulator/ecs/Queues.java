package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * SQS: standard queues, which deliver at least once and in no order. Messages come back when they
 * were not deleted in time. Asked by many threads; waiting for messages takes real time, whatever
 * the clock, since a driven one would be driven by each reader.
 */
final class Queues {
  private static final int USUAL_VISIBILITY_SECONDS = 30;
  private static final int MOST_AT_ONCE = 10;
  private static final int LONGEST_WAIT_SECONDS = 20;
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

  private final InstantSource clock;
  private final Faults faults;
  private final Map<String, Deque<Message>> queues = new TreeMap<>();

  private static final class Message {
    final String id = UUID.randomUUID().toString();
    final String body;
    final Instant sentAt;
    String receipt = "";
    Instant visibleAt;
    int received;

    Message(String body, Instant sentAt) {
      this.body = body;
      this.sentAt = sentAt;
      this.visibleAt = sentAt;
    }
  }

  Queues(InstantSource clock, Faults faults) {
    this.clock = clock;
    this.faults = faults;
  }

  /**
   * @param address of this server, which queues' addresses begin with
   * @param settle done before each look for messages
   */
  ObjectNode answer(String operation, ObjectNode asked, URI address, Runnable settle) {
    return switch (operation) {
      case "CreateQueue" -> {
        var name = Json.text(asked, "QueueName");
        make(name);
        yield Json.object().put("QueueUrl", url(address, name));
      }
      case "GetQueueUrl" -> {
        var name = Json.text(asked, "QueueName");
        check(name);
        yield Json.object().put("QueueUrl", url(address, name));
      }
      case "GetQueueAttributes" -> attributes(name(asked));
      case "SendMessage" -> send(asked);
      case "ReceiveMessage" -> receive(asked, settle);
      case "DeleteMessage" -> {
        delete(name(asked), Json.text(asked, "ReceiptHandle"));
        yield Json.object();
      }
      case "DeleteMessageBatch" -> deleteAll(asked);
      case "ChangeMessageVisibility" -> hide(asked);
      case "PurgeQueue" -> purge(name(asked));
      default -> throw AwsError.unknown("AmazonSQS." + operation);
    };
  }

  static String url(URI address, String name) {
    return address + "/" + Account.ID + "/" + name;
  }

  synchronized void make(String name) {
    queues.computeIfAbsent(name, _ -> new ArrayDeque<>());
  }

  /** Puts a message into a queue, if that is still there. */
  synchronized void put(String name, String body) {
    var queue = queues.get(name);
    if (queue != null) {
      queue.addLast(new Message(body, clock.instant()));
      notifyAll();
    }
  }

  synchronized int size(String name) {
    return check(name).size();
  }

  private static String name(JsonNode asked) {
    return Account.last(Json.text(asked, "QueueUrl"));
  }

  private synchronized Deque<Message> check(String name) {
    var queue = queues.get(name);
    if (queue == null) {
      throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
    }
    return queue;
  }

  private synchronized ObjectNode attributes(String name) {
    var now = clock.instant();
    var queue = check(name);
    long waiting = queue.stream().filter(one -> !one.visibleAt.isAfter(now)).count();
    var answer = Json.object();
    answer
        .putObject("Attributes")
        .put("QueueArn", Account.queue(name))
        .put("ApproximateNumberOfMessages", String.valueOf(waiting))
        .put("ApproximateNumberOfMessagesNotVisible", String.valueOf(queue.size() - waiting))
        .put("VisibilityTimeout", String.valueOf(USUAL_VISIBILITY_SECONDS));
    return answer;
  }

  private synchronized ObjectNode send(ObjectNode asked) {
    var message = new Message(Json.text(asked, "MessageBody"), clock.instant());
    check(name(asked)).addLast(message);
    return Json.object().put("MessageId", message.id).put("MD5OfMessageBody", md5(message.body));
  }

  private ObjectNode receive(ObjectNode asked, Runnable settle) {
    int most = asked.path("MaxNumberOfMessages").asInt(1);
    int wait = asked.path("WaitTimeSeconds").asInt(0);
    if (most < 1 || most > MOST_AT_ONCE || wait < 0 || wait > LONGEST_WAIT_SECONDS) {
      throw new AwsError(
          "InvalidParameterValue",
          "MaxNumberOfMessages must be between 1 and 10, WaitTimeSeconds between 0 and 20.");
    }
    var name = name(asked);
    var hidden =
        Duration.ofSeconds(asked.path("VisibilityTimeout").asInt(USUAL_VISIBILITY_SECONDS));
    var taken = new ArrayList<Message>();
    waitFor(
        Duration.ofSeconds(wait),
        () -> {
          settle.run();
          taken.addAll(take(name, most, hidden));
          return !taken.isEmpty();
        });
    var answer = Json.object();
    // An empty list is left out.
    if (!taken.isEmpty()) {
      var shown = answer.putArray("Messages");
      taken.forEach(message -> shown.add(show(message)));
    }
    return answer;
  }

  private void waitFor(Duration most, BooleanSupplier holds) {
    long until = System.nanoTime() + most.toNanos();
    while (!holds.getAsBoolean() && System.nanoTime() < until) {
      try {
        synchronized (this) {
          // A message that comes wakes whoever waits.
          wait(BETWEEN_LOOKS.toMillis());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private synchronized List<Message> take(String name, int most, Duration hidden) {
    var now = clock.instant();
    var visible =
        new ArrayList<>(check(name).stream().filter(one -> !one.visibleAt.isAfter(now)).toList());
    var order = faults.reordersEvents() ? visible.reversed() : visible;
    var taken = List.copyOf(order.subList(0, Math.min(most, order.size())));
    for (var message : taken) {
      message.receipt = UUID.randomUUID().toString();
      message.visibleAt = now.plus(hidden);
      message.received++;
    }
    return taken;
  }

  private static ObjectNode show(Message message) {
    var shown =
        Json.object()
            .put("MessageId", message.id)
            .put("ReceiptHandle", message.receipt)
            .put("MD5OfBody", md5(message.body))
            .put("Body", message.body);
    shown
        .putObject("Attributes")
        .put("SentTimestamp", String.valueOf(message.sentAt.toEpochMilli()))
        .put("ApproximateReceiveCount", String.valueOf(message.received));
    return shown;
  }

  /** One that was deleted already counts as deleted. */
  private synchronized void delete(String name, String receipt) {
    check(name).removeIf(message -> message.receipt.equals(receipt));
  }

  private ObjectNode deleteAll(ObjectNode asked) {
    var name = name(asked);
    var answer = Json.object();
    var done = answer.putArray("Successful");
    answer.putArray("Failed");
    for (var entry : asked.path("Entries")) {
      delete(name, Json.text(entry, "ReceiptHandle"));
      done.add(Json.object().put("Id", entry.path("Id").asText()));
    }
    return answer;
  }

  private synchronized ObjectNode hide(ObjectNode asked) {
    var receipt = Json.text(asked, "ReceiptHandle");
    var until = clock.instant().plusSeconds(asked.path("VisibilityTimeout").asInt(0));
    Optional<Message> message =
        check(name(asked)).stream().filter(one -> one.receipt.equals(receipt)).findFirst();
    message.ifPresent(one -> one.visibleAt = until);
    return Json.object();
  }

  private synchronized ObjectNode purge(String name) {
    check(name).clear();
    return Json.object();
  }

  private static String md5(String text) {
    try {
      var digest = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
      return "%032x".formatted(new BigInteger(1, digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
