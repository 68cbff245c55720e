// Answers how many are needed from the figures that stand in the page; without scripts the tables stay.
(() => {
  "use strict";
  const MOST = 1e6, WAIT_MS = 200;
  const figure = (value) => value.toLocaleString("en", { maximumSignificantDigits: 3 });
  const named = (one) => `${one.label} (cost ${figure(one.cost)})`;

  // A row is [rate, value, low, high, sure]; between two of them figures lie on a straight line.
  const between = (rows, rate) => {
    if (!rows.length || rate < rows[0][0] || rate > rows[rows.length - 1][0]) return null;
    const after = rows.findIndex((row) => row[0] >= rate);
    const behind = rows[after], before = rows[Math.max(0, after - 1)];
    const span = behind[0] - before[0], part = span ? (rate - before[0]) / span : 0;
    return before.map((low, index) => low + part * (behind[index] - low));
  };

  // As the record's own solver: p99 and maximum, each at the bound that it keeps with 80 %.
  const judge = (one, rate, slo) => {
    if (one.carries !== null && one.carries < rate) return { one, holds: false, row: null };
    const row = between(one.p99, rate);
    if (one.carries === null || row === null) return { one, holds: null, row };
    return { one, holds: row[4] <= slo, row };
  };

  const predicted = ({ row }) =>
    `p99 ${figure(row[1])} ms (${figure(row[2])} to ${figure(row[3])}), with 80 % at most ${figure(row[4])} ms`;

  // How far the rate may grow, within the rates that are known, until it should hold no longer.
  const room = (one, rate, slo) => {
    const ends = [...one.p99.map((row) => row[0]).filter((at) => at > rate), one.carries].sort((a, b) => a - b);
    let low = rate;
    for (const end of ends) {
      if (judge(one, end, slo).holds === true) { low = end; continue; }
      let high = end;
      for (let step = 0; step < 40; step += 1) {
        const middle = (low + high) / 2;
        if (judge(one, middle, slo).holds === true) low = middle; else high = middle;
      }
      break;
    }
    return low;
  };

  const known = (judged) => {
    const rates = judged.flatMap(({ one }) => one.p99.map((row) => row[0]));
    return rates.length ? `figures are there from ${figure(Math.min(...rates))} to ${figure(Math.max(...rates))} requests/s` : "no figures are there";
  };

  const answer = (outlooks, rate, slo) => {
    const judged = outlooks.map((one) => judge(one, rate, slo));
    const asked = `${figure(rate)} requests/s within ${figure(slo)} ms`;
    const holding = judged.filter(({ holds }) => holds).sort((a, b) => a.one.cost - b.one.cost || a.row[4] - b.row[4]);
    const open = judged.filter(({ holds }) => holds === null);
    if (holding.length) {
      const [best] = holding;
      const cheaper = open.filter(({ one }) => one.cost < best.one.cost).length;
      return `${named(best.one)} should hold ${asked}: ${predicted(best)}; up to ${figure(room(best.one, rate, slo))} requests/s. What binds: ${best.one.binding}.`
        + (cheaper ? ` Of ${cheaper} cheaper it is not known.` : "");
    }
    if (open.length) return `Not known for ${asked}: ${known(judged)}.`;
    const nearest = judged.filter(({ row }) => row).sort((a, b) => a.row[4] - b.row[4])[0];
    return `None of these configurations should hold ${asked}`
      + (nearest ? `; nearest comes ${named(nearest.one)}: ${predicted(nearest)}.` : ": each carries less.");
  };

  const valid = (input) => {
    const value = input.valueAsNumber;
    const fine = Number.isFinite(value) && value > 0 && value <= MOST;
    input.setAttribute("aria-invalid", String(!fine && (input.value !== "" || input.validity.badInput)));
    return fine ? value : null;
  };

  document.querySelectorAll(".asking").forEach((place) => {
    const { binds, rows } = JSON.parse(place.querySelector("script").textContent);
    const outlooks = rows.map(([label, cost, carries, binding, p99]) => ({ label, cost, carries, binding: binds[binding], p99 }));
    const [rate, slo] = place.querySelectorAll("input");
    const output = place.querySelector("output"), first = output.textContent;
    let waiting = 0;
    const tell = () => {
      const values = [valid(rate), valid(slo)];
      const wrong = [rate, slo].some((input) => input.getAttribute("aria-invalid") === "true");
      output.textContent = wrong ? "Expected are a rate and a p99 above 0, at most 1,000,000."
        : values.includes(null) ? first : answer(outlooks, ...values);
    };
    place.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(tell, WAIT_MS); });
    place.hidden = false;
  });
})();
