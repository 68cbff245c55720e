// Replaces each still chart over time by panels to zoom into; without scripts the still one stays.
(() => {
  "use strict";
  const HEIGHT = 150;
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const ink = (name) => () => colour(name === "floor" ? "soft" : name);

  // On a logarithmic axis only the powers of ten have room.
  const tens = (_, splits) => splits.map((at) => Number.isInteger(+Math.log10(at).toFixed(6)) ? at : null);

  const axis = (size, ratio) => ({
    stroke: ink("soft"), size, font: "11px system-ui, sans-serif",
    grid: { stroke: ink("rule"), width: 1, ...(ratio && { filter: tens }) },
    ticks: { stroke: ink("rule"), width: 1, size: 4, ...(ratio && { filter: tens }) },
  });

  // What is drawn comes as [name, colour, value, value, ...].
  const series = ([name, hue]) => ({
    label: name, stroke: ink(hue), width: 2, points: { size: 5 },
    dash: hue === "floor" ? [4, 3] : undefined,
    value: (_, value) => value === null ? "\u2014" : value.toLocaleString("en", { maximumSignificantDigits: 3 }),
  });

  const options = (panel, figure, key) => ({
    width: figure.clientWidth, height: HEIGHT,
    scales: {
      x: { time: false },
      y: panel.ratio ? { distr: 3 } : { range: (_, low, high) => [0, Math.max(high * 1.05, 1e-9)] },
    },
    axes: [axis(28), axis(54, panel.ratio)],
    cursor: { sync: { key, scales: ["x", null] }, drag: { x: true, y: false } },
    series: [{ label: "second", value: (_, x) => x === null ? "\u2014" : x.toFixed(1) },
             ...panel.series.map(series)],
    hooks: { setScale: [(plot, name) => name === "x" && figure.plots && zoomed(figure, plot)] },
  });

  const zoomed = (figure, plot) => {
    const whole = plot.data[0];
    const { min, max } = plot.scales.x;
    figure.querySelector("button").hidden = min <= whole[0] && max >= whole[whole.length - 1];
  };

  const draw = (figure, number) => {
    if (figure.plots || !figure.clientWidth) return;
    const { x, panels } = JSON.parse(figure.querySelector("script").textContent);
    const place = figure.querySelector(".plots");
    const plots = panels.map((panel) => {
      const title = document.createElement("p");
      title.textContent = panel.title;
      place.append(title);
      return new uPlot(options(panel, figure, `time-${number}`),
                       [x, ...panel.series.map((one) => one.slice(2))], place);
    });
    figure.plots = plots;
    figure.classList.add("zooms");
    figure.querySelector("button").addEventListener("click", () =>
      plots.forEach((plot) => plot.setScale("x", { min: x[0], max: x[x.length - 1] })));
    new ResizeObserver(() => figure.clientWidth && plots.forEach((plot) =>
      plot.width !== figure.clientWidth && plot.setSize({ width: figure.clientWidth, height: HEIGHT })
    )).observe(figure);
  };

  const figures = [...document.querySelectorAll("figure.time")];
  const all = () => figures.forEach(draw);
  all();
  figures.forEach((one) => one.closest("details")?.addEventListener("toggle", all));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    figures.forEach((one) => one.plots?.forEach((plot) => plot.redraw(false))));
})();
