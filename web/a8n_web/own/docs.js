// The API reference: reads /openapi.json and lets a person try each route. No library, nothing from elsewhere.

const $ = (id) => document.getElementById(id);

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const resolve = (spec, schema) =>
  schema?.$ref ? resolve(spec, schema.$ref.slice(2).split("/").reduce((at, key) => at?.[key], spec)) : schema ?? {};

/** A value that fits the schema, from its examples and defaults where it has them. */
function example(spec, schema, depth = 0) {
  const s = resolve(spec, schema);
  if (s.examples?.length) return s.examples[0];
  if (s.default !== undefined) return s.default;
  if (s.enum) return s.enum[0];
  if (s.const !== undefined) return s.const;
  const union = (s.anyOf ?? s.oneOf)?.find((branch) => resolve(spec, branch).type !== "null");
  if (union) return example(spec, union, depth);
  if (s.type === "array") return depth > 3 ? [] : s.items ? [example(spec, s.items, depth + 1)] : [];
  if (s.type === "object" || s.properties) {
    if (depth > 3) return {};
    const wanted = Object.entries(s.properties ?? {}).filter(([name]) => (s.required ?? []).includes(name));
    return Object.fromEntries(wanted.map(([name, part]) => [name, example(spec, part, depth + 1)]));
  }
  return { string: "text", integer: 1, number: 1, boolean: true }[s.type] ?? null;
}

/** Paragraphs of text, with what stands in backticks as code. */
function prose(text, name) {
  return (text ?? "").split(/\n\s*\n/).filter((part) => part.trim()).map((part) =>
    el("p", { class: name }, ...part.replace(/\s+/g, " ").trim().split(/`([^`]+)`/).map((piece, i) =>
      i % 2 ? el("code", {}, piece) : piece)));
}

function shape(spec, schema) {
  const s = resolve(spec, schema);
  const union = s.anyOf ?? s.oneOf;
  if (union) return union.map((branch) => shape(spec, branch)).join(" | ");
  if (s.enum) return s.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (s.type === "array") return `list of ${s.items ? shape(spec, s.items) : "any"}`;
  return schema?.$ref?.split("/").pop() ?? s.format ?? s.type ?? "any";
}

function fields(spec, schema) {
  const s = resolve(spec, schema);
  if (!s.properties) return el("p", {}, shape(spec, schema));
  const rows = Object.entries(s.properties).map(([name, part]) =>
    el("tr", {},
      el("td", {}, el("code", {}, name), (s.required ?? []).includes(name) ? " *" : ""),
      el("td", {}, shape(spec, part)),
      el("td", {}, ...prose(part.description ?? resolve(spec, part).description))));
  return el("table", {}, el("tbody", {}, ...rows));
}

function parameters(list) {
  if (!list.length) return null;
  const rows = list.map((p) => el("tr", {}, el("td", {}, el("code", {}, p.name), p.required ? " *" : ""),
    el("td", {}, p.in), el("td", {}, p.description ?? "")));
  return el("details", {}, el("summary", {}, "Parameters"), el("table", {}, el("tbody", {}, ...rows)));
}

function tryout(spec, method, path, operation) {
  const inputs = (operation.parameters ?? []).map((p) => {
    const input = el("input", { autocomplete: "off", spellcheck: "false" });
    return { p, input, row: el("label", {}, `${p.name}${p.required ? " *" : ""} (${p.in})`, input) };
  });
  const schema = operation.requestBody?.content?.["application/json"]?.schema;
  const body = schema && el("textarea", { spellcheck: "false", "aria-label": "Body" });
  if (body) body.value = JSON.stringify(example(spec, schema), null, 2);
  const answer = el("div", { class: "status", role: "status" });

  async function send(event) {
    event.preventDefault();
    let address = path;
    const query = new URLSearchParams();
    const headers = {};
    const token = $("token").value.trim();
    if (token) headers.Authorization = `Bearer ${token}`;
    for (const { p, input } of inputs) {
      if (!input.value) continue;
      if (p.in === "path") address = address.replace(`{${p.name}}`, encodeURIComponent(input.value));
      else if (p.in === "query") query.append(p.name, input.value);
      else headers[p.name] = input.value;
    }
    if (body) headers["Content-Type"] = "application/json";
    const url = query.size ? `${address}?${query}`.slice(1) : address.slice(1);
    answer.replaceChildren("Sending…");
    try {
      const started = performance.now();
      const response = await fetch(url, { method, headers, body: body?.value });
      const text = await response.text();
      const ms = Math.round(performance.now() - started);
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: as it is */ }
      answer.replaceChildren(`${response.status} ${response.statusText}, ${ms} ms`, el("pre", {}, el("code", {}, shown)));
    } catch (error) {
      answer.replaceChildren(`No answer: ${error.message}`);
    }
  }

  return el("details", {}, el("summary", {}, "Try it"),
    el("form", { onsubmit: send }, ...inputs.map(({ row }) => row), body ?? null, el("button", {}, `Send ${method}`), answer));
}

function route(spec, method, path, operation) {
  const schema = operation.requestBody?.content?.["application/json"]?.schema;
  const answers = Object.entries(operation.responses).map(([status, r]) =>
    el("tr", {}, el("td", {}, status), el("td", {}, r.description)));
  const done = Object.entries(operation.responses).find(([status]) => status < 300)?.[1]?.content?.["application/json"]?.schema;
  return el("article", { class: "route", id: operation.operationId },
    el("h3", {}, el("span", { class: `method ${method}` }, method), el("span", { class: "path" }, path)),
    el("p", {}, operation.summary), ...prose(operation.description, "about"),
    parameters(operation.parameters ?? []),
    schema ? el("details", {}, el("summary", {}, "Body"), fields(spec, schema)) : null,
    el("details", {}, el("summary", {}, "Answers"), done ? fields(spec, done) : null, el("table", {}, el("tbody", {}, ...answers))),
    tryout(spec, method, path, operation));
}

async function main() {
  const spec = await (await fetch("openapi.json")).json();
  $("title").textContent = `${spec.info.title} ${spec.info.version} API`;
  $("about").replaceChildren(...prose(spec.info.description).flatMap((p) => [...p.childNodes]));
  const groups = new Map(spec.tags.map((tag) => [tag.name, { about: tag.description, routes: [] }]));
  for (const [path, methods] of Object.entries(spec.paths))
    for (const [method, operation] of Object.entries(methods))
      groups.get(operation.tags[0]).routes.push([method.toUpperCase(), path, operation]);
  const index = [], pages = [];
  for (const [name, { about, routes }] of groups) {
    if (!routes.length) continue;
    index.push(el("h2", {}, name), el("ul", {}, ...routes.map(([method, path, operation]) =>
      el("li", {}, el("a", { href: `#${operation.operationId}`, title: operation.summary },
        el("span", { class: `method ${method}` }, method), el("span", { class: "path" }, path.replace(/^\/api\//, "")))))));
    pages.push(el("section", {}, el("h2", {}, name), el("p", { class: "about" }, about),
      ...routes.map((entry) => route(spec, ...entry))));
  }
  $("index").replaceChildren(...index);
  $("routes").replaceChildren(...pages);
  $("find").addEventListener("input", ({ target }) => {
    for (const item of document.querySelectorAll("#index li"))
      item.hidden = !item.textContent.toLowerCase().includes(target.value.toLowerCase());
  });
  $("key").addEventListener("submit", (event) => event.preventDefault());
  if (location.hash) document.querySelector(location.hash)?.scrollIntoView();
}

main().catch((error) => $("routes").replaceChildren(`The API's description cannot be read: ${error.message}`));
