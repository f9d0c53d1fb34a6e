// What the tables of requests are made of: verdicts, and pieces of requests.
//
// AAAA is the mark of a row: its request writes a reading of that name, so that one can see whether
// it had an effect. BBBB is the mark of a request that hides behind it. HOST and KEY are the hub's.

const listed = (statuses) => statuses.map((each) => [each].flat());

/**
 * These answers come, and after them the hub closes the connection: the last refuses it, or is the
 * last for another reason. A list says which statuses are right for one answer.
 */
export const refuse = (...statuses) => ({ closes: true, statuses: listed(statuses) });
/** These answers come, and the connection goes on. */
export const accept = (...statuses) => ({ closes: false, statuses: listed(statuses) });
/** The request ends too early: nobody answers, or with 400, once the client has ended. */
export const cut = () => ({ closes: true, cut: true, statuses: [] });
/** The RFCs leave it open, or are stricter or laxer than what this hub promises. */
export const policy = (verdict) => ({ ...verdict, policy: true });

export const body = '{"AAAA":1}'; // 10 bytes
export const chunked = `a\r\n${body}\r\n0\r\n\r\n`;

export const head = "Host: HOST\r\nAuthorization: Bearer KEY\r\n";
export const post = `POST /v1/me/telemetry HTTP/1.1\r\n${head}`;
export const get = `GET /v1/me HTTP/1.1\r\n${head}`;
/** A write that is good. */
export const good = `${post}Content-Length: 10\r\n\r\n${body}`;
/** Another that is good; in a place where it is no request, or must not be taken for one. */
export const hidden = good.replace("AAAA", "BBBB");

/** How much longer `text` is when it is sent to the hub of this name with this key. */
export function growth(text, { host, key }) {
  const count = (word) => text.split(word).length - 1;
  return count("HOST") * (host.length - 4) + count("KEY") * (key.length - 3);
}
