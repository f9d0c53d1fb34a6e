// XML as the tests read and write it: JSON's values as XML (XPath functions 3.1, section 17.5),
// SenML (RFC 8428 section 7) and problems (RFC 9457 appendix B). The tests' own, as cbor.mjs is.

export const kMappingSpace = "http://www.w3.org/2005/xpath-functions";
export const kSenmlSpace = "urn:ietf:params:xml:ns:senml";
export const kProblemSpace = "urn:ietf:rfc:7807";
const kDeclaration = '<?xml version="1.0" encoding="UTF-8"?>';

// XML 1.0 section 2.2: what stands in no document, however it is written.
const kUnfit = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

const kReferences = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** Text as it stands between tags and in attributes. Line ends would be changed on the way. */
export function escapeXml(text) {
  return text.replace(/[&<>"\r\n\t]/g, (each) => kReferences[each] ?? `&#${each.codePointAt(0)};`);
}

function jsonEscapes(text) {
  const hard = (each) => `\\u${each.codePointAt(0).toString(16)}`;
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\ufffe\uffff]/g, hard);
}

function mapped(value, key, first) {
  const space = first ? ` xmlns="${kMappingSpace}"` : "";
  let names = "";
  if (key !== undefined) {
    names = kUnfit.test(key)
      ? ` key="${escapeXml(jsonEscapes(key))}" escaped-key="true"`
      : ` key="${escapeXml(key)}"`;
  }
  const around = (name, inside, more = "") => `<${name}${space}${names}${more}>${inside}</${name}>`;
  if (value === null) return around("null", "");
  if (typeof value === "boolean") return around("boolean", String(value));
  if (typeof value === "bigint") return around("number", String(value));
  if (typeof value === "number") {
    return around("number", Object.is(value, -0) ? "-0" : JSON.stringify(value));
  }
  if (typeof value === "string") {
    if (!kUnfit.test(value)) return around("string", escapeXml(value));
    return around("string", escapeXml(jsonEscapes(value)), ' escaped="true"');
  }
  if (Array.isArray(value)) return around("array", value.map((each) => mapped(each)).join(""));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return around("map", members.map(([name, member]) => mapped(member, name)).join(""));
}

/** A value of JSON as XML. */
export const toXml = (value) => Buffer.from(kDeclaration + mapped(value, undefined, true));

/** Records of SenML, with the labels of JSON, as XML. */
export function senmlToXml(records) {
  const one = (record) =>
    Object.entries(record)
      .map(([label, value]) => ` ${label}="${escapeXml(String(value))}"`)
      .join("");
  const inside = records.map((record) => `<senml${one(record)}/>`).join("");
  return Buffer.from(`${kDeclaration}<sensml xmlns="${kSenmlSpace}">${inside}</sensml>`);
}

const kPart =
  /<\?xml[^>]*\?>|<!--.*?-->|<(\/?)([\w.:-]+)((?:\s+[\w.:-]+="[^"]*")*)\s*(\/?)>|[^<]+/suy;
const kNamed = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function plain(text) {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/giu, (all, hex, decimal, name) => {
    if (name !== undefined) return kNamed[name] ?? all;
    return String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal));
  });
}

/** The tree of a document as the hub writes them: `{name, attributes, children, text}`. */
export function parseXml(bytes) {
  const text = Buffer.from(bytes).toString();
  const top = { name: "", attributes: {}, children: [], text: "" };
  const open = [top];
  kPart.lastIndex = 0;
  while (kPart.lastIndex < text.length) {
    const at = kPart.lastIndex;
    const part = kPart.exec(text);
    if (part === null) throw new Error(`this is no XML: ${text.slice(at, at + 80)}`);
    const [whole, closes, name, attributes, empty] = part;
    const inside = open.at(-1);
    if (closes) {
      if (open.pop().name !== name) throw new Error(`</${name}> closes another element`);
    } else if (name !== undefined) {
      const element = { name, attributes: {}, children: [], text: "" };
      for (const [, key, value] of attributes.matchAll(/([\w.:-]+)="([^"]*)"/gu)) {
        element.attributes[key] = plain(value);
      }
      inside.children.push(element);
      if (!empty) open.push(element);
    } else if (!whole.startsWith("<")) {
      inside.text += plain(whole);
    }
  }
  if (open.length !== 1 || top.children.length !== 1) throw new Error("XML ends too early");
  return top.children[0];
}

/** The outermost element, which has to be of that name and namespace. */
function rootOf(bytes, name, space) {
  const root = parseXml(bytes);
  const same = root.attributes.xmlns === space && (name === undefined || root.name === name);
  if (!same) throw new Error(`<${root.name} xmlns="${root.attributes.xmlns}"> is not expected`);
  return root;
}

const unescaped = (text, flag) => (flag === "true" ? JSON.parse(`"${text}"`) : text);

function valueOf({ name, attributes, children, text }) {
  const members = () =>
    children.map((each) => [
      unescaped(each.attributes.key, each.attributes["escaped-key"]),
      valueOf(each),
    ]);
  switch (name) {
    case "map":
      return Object.fromEntries(members());
    case "array":
      return children.map(valueOf);
    case "string":
      return unescaped(text, attributes.escaped);
    case "number":
      return JSON.parse(text);
    case "boolean":
      return text === "true" || text === "1";
    case "null":
      return null;
    default:
      throw new Error(`<${name}> is not of the mapping`);
  }
}

export const fromXml = (bytes) => valueOf(rootOf(bytes, undefined, kMappingSpace));

const kSenmlNumbers = new Set(["bver", "bt", "bv", "bs", "v", "s", "t", "ut"]);
export function senmlFromXml(bytes) {
  return rootOf(bytes, "sensml", kSenmlSpace).children.map(({ attributes }) => {
    const read = ([label, text]) => {
      if (kSenmlNumbers.has(label)) return [label, Number(text)];
      return [label, label === "vb" ? text === "true" || text === "1" : text];
    };
    return Object.fromEntries(Object.entries(attributes).map(read));
  });
}

function memberOf({ children, text }) {
  if (children.length === 0) return text;
  if (children.every(({ name }) => name === "i")) return children.map(memberOf);
  return Object.fromEntries(children.map((each) => [each.name, memberOf(each)]));
}

/** A problem: all its members are text, but the status, which is compared with that of HTTP. */
export function problemFromXml(bytes) {
  const problem = memberOf(rootOf(bytes, "problem", kProblemSpace));
  return { ...problem, status: Number(problem.status) };
}
