package io.virtualnodes.kubelet.stream;

import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;

/** Why a session ends. */
enum Ending {
  /** All was said. */
  DONE(WebSocketCloseStatus.NORMAL_CLOSURE, ""),
  /** The client is gone, or broke the protocol: nobody is left to be told. */
  HUNG_UP(WebSocketCloseStatus.NORMAL_CLOSURE, "the client hung up"),
  /** Nothing was said for too long. */
  IDLE(WebSocketCloseStatus.NORMAL_CLOSURE, "nothing was said for too long"),
  /** We go. */
  STOPPING(
      WebSocketCloseStatus.ENDPOINT_UNAVAILABLE,
      "the virtual node's endpoint restarts, and what ran in this conversation was ended");

  private final WebSocketCloseStatus closeStatus;
  private final String sentence;

  Ending(WebSocketCloseStatus closeStatus, String sentence) {
    this.closeStatus = closeStatus;
    this.sentence = sentence;
  }

  /** How a WebSocket says it. Only with a status does kubectl take it for a regular end. */
  WebSocketCloseStatus closeStatus() {
    return closeStatus;
  }

  /** For the person at the other end. */
  String sentence() {
    return sentence;
  }
}
