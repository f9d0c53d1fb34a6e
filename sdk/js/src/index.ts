export { everyItem, Tandem } from "./tandem.js";
export type { Replies, Stream, TandemOptions } from "./tandem.js";
export { Subscription } from "./subscription.js";
export type { StreamOptions } from "./subscription.js";
export { DeviceClient } from "./device.js";
export type {
  CommandContext,
  CommandHandler,
  ConfigHandler,
  DeviceConfig,
  DeviceEvents,
  DeviceOptions,
} from "./device.js";
export type { Unsent, WhenFull } from "./outbox.js";
export {
  BufferFullError,
  ClosedError,
  CommandFailed,
  ConnectionError,
  HubError,
  TandemError,
  TimeoutError,
  UnauthorizedError,
} from "./errors.js";
export type { ConnectionEvents, ConnectionState } from "./connection.js";
export type { TicketProvider, TokenProvider, TokenReason } from "./credentials.js";
export type { Clock } from "./clock.js";
export type { Bucket, History, Reading } from "./history.js";
export type {
  Batch,
  CommandEvent,
  DeviceEvent,
  Gap,
  OwnEvent,
  PresenceEvent,
  ReadingEvent,
  SeriesEvent,
  AdviceEvent,
  StreamEvent,
  StreamItem,
  TwinEvent,
} from "./events.js";
export type { Api } from "./api.js";
export type { Json, Page, Time } from "./json.js";
export { operations } from "./operations.js";
export type { OperationName } from "./operations.js";
export type {
  CallOptions,
  Door,
  Guarded,
  Known,
  Once,
  OperationRow,
  Paged,
  Waiting,
} from "./options.js";
export type * from "./schemas.js";
export type { Document } from "./merge_patch.js";
export type { Hello, JsonCodec, LimitsLeft, Reply } from "./wire.js";
