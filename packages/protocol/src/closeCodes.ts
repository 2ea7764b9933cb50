/** Why the server ended a connection: WebSocket close codes (RFC 6455 §7.4, 4000 and up are Sotto's). */
export const closeCodes = {
  /** The server is shutting down: connect again, with a delay. */
  goingAway: 1001,
  /** A frame was larger than `limits.requestSizeBytes`. */
  tooLarge: 1009,
  /** A newer connection of the same device took over: do not connect again by yourself. */
  replaced: 4000,
  /** The device is no longer in its account's chain. */
  deviceRemoved: 4001,
  /** Too much was left unread for too long. */
  tooSlow: 4002,
  /** Too many malformed or refused frames. */
  flooding: 4003,
  /** No authentication before the challenge ran out. */
  challengeExpired: 4004,
} as const;
