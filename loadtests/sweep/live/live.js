"use strict";
// A second of a run has these figures; each has a tile once it is known at all.
const TILES = [
  ["rate", "Answers a second", "/s"],
  ["p50", "p50 of this second", "ms"],
  ["p99", "p99 of this second", "ms"],
  ["in_flight", "In flight", "requests"],
  ["errors", "Not answered well, this second", "requests"],
  ["host", "CPU of this machine", "%"],
  ["queue", "Messages in the work queues", "messages"],
];
const SHOWN_S = 120;
const seconds = [];
const tiles = new Map();
const at = (id) => document.getElementById(id);
const words = (value) => (Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1));

function element(parent, name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  parent.append(made);
  return made;
}

function drawing(parent, name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

function tile(key, title, kind) {
  if (!tiles.has(key)) {
    const box = element(at("tiles"), "div", undefined, `tile ${kind}`);
    element(box, "h3", title);
    const value = element(box, "p");
    const svg = drawing(box, "svg", { viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true" });
    drawing(svg, "line", { x1: 0, x2: 100, y1: 30, y2: 30 });
    tiles.set(key, { value, line: drawing(svg, "polyline", {}) });
  }
  return tiles.get(key);
}

function draw(key, title, unit, kind, value) {
  const last = seconds.length ? seconds[seconds.length - 1] : undefined;
  if (!tiles.has(key) && (last === undefined || value(last) === undefined || value(last) === null)) return;
  const { value: box, line } = tile(key, title, kind);
  const shown = seconds.slice(-SHOWN_S).map(value);
  const now = shown[shown.length - 1];
  const known = shown.filter((one) => typeof one === "number");
  const most = Math.max(...known, 0);
  box.replaceChildren();
  box.append(typeof now === "number" ? words(now) : "\u2014", " ");
  element(box, "small", `${unit}, at most ${words(most)}`);
  const points = shown.map((one, index) => [index * 100 / (SHOWN_S - 1), 30 - 30 * (one || 0) / (most || 1)]);
  line.setAttribute("points", points.map((point) => point.join(",")).join(" "));
}

function drawAll() {
  for (const [key, title, unit] of TILES) draw(key, title, unit, key, (one) => one[key]);
  const last = seconds[seconds.length - 1];
  for (const part of Object.keys(last.cpu)) draw(`cpu ${part}`, `CPU of ${part}`, "cores", "cpu", (one) => one.cpu[part]);
}

function tellRest(left, done) {
  at("rest").textContent = left < 100 ? `About ${Math.max(0, left).toFixed(0)} s to go.` : `About ${(left / 60).toFixed(0)} min to go.`;
  at("done").value = done;
}

let trial = "";
let waiting = false;
const on = {
  trial(about) {
    trial = about.what;
    at("trial").textContent = `${about.number} of ${about.of}: ${about.what}`;
  },
  second(about) {
    seconds.push(about);
    if (seconds.length > SHOWN_S) seconds.shift();
    const users = about.users === null ? "" : `, ${about.users} user${about.users > 1 ? "s" : ""}`;
    at("phase").textContent = `${about.phase}${users}: ${about.phase_left_s.toFixed(0)} s of it to go.`;
    tellRest(about.left_s, about.done);
    // Many may come at once, of what went before; they are drawn once.
    if (!waiting) {
      waiting = true;
      setTimeout(() => { waiting = false; drawAll(); }, 50);
    }
  },
  phase(about) {
    const row = document.createElement("tr");
    const users = about.users === null ? "" : `, ${about.users} user${about.users > 1 ? "s" : ""}`;
    element(row, "td", trial);
    element(row, "td", `${about.phase}${users}`);
    for (const value of [about.rate, about.p50, about.p99]) element(row, "td", value === null ? "\u2014" : words(value), "num");
    at("phases").prepend(row);
  },
  said(about) {
    const line = document.createElement("li");
    line.textContent = about.text;
    at("said").prepend(line);
  },
  end(about) {
    source.close();
    document.title = "Load run ended";
    document.querySelector(".over").textContent = "Load run ended";
    at("phase").textContent = about.headline;
    at("rest").textContent = "";
    at("done").value = 1;
    at("ended").hidden = false;
    at("ended").textContent = about.page ? "The run's page: " : "It has no page; the terminal says why.";
    if (about.page) element(at("ended"), "code", about.page);
  },
};

const source = new EventSource("events");
for (const [kind, heard] of Object.entries(on)) source.addEventListener(kind, (event) => heard(JSON.parse(event.data)));
source.addEventListener("error", () => {
  at("phase").textContent = "The run is not heard of; it may have been ended.";
});
