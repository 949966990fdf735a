"use strict";
(function () {
  const page = JSON.parse(document.getElementById("data").textContent);
  const options = { responsive: true, displayModeBar: false };
  const TICKS = 10000;

  function drawFigures() {
    for (const [id, figure] of Object.entries(page.figures)) {
      const place = document.getElementById(id);
      if (place) Plotly.newPlot(place, themed(figure.data), fitted(figure.layout, place), options);
    }
  }

  // The figures name colours of the style sheet, which differ by day and night.
  function themed(traces) {
    return JSON.parse(JSON.stringify(traces).replace(/"var\((--[a-z]+)\)"/g, (_, name) => JSON.stringify(colour(name))));
  }
  drawFigures();

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  // Few and level time labels on narrow screens; the legend stands above, where no label can reach it.
  function fitted(layout, place) {
    const axis = layout.xaxis;
    layout.font.color = colour("--ink");
    axis.gridcolor = layout.yaxis.gridcolor = colour("--line");
    if (axis.type !== "category") axis.nticks = Math.max(4, Math.floor(place.clientWidth / 110));
    axis.tickangle = 0;
    layout.legend = { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, xanchor: "left" };
    if (place.clientWidth < 500) {
      if (layout.yaxis.type !== "category") delete layout.yaxis.title;
      if (layout.tall) layout.height = layout.tall;
    }
    return layout;
  }

  function drawer(spread) {
    const origin = Date.parse(spread.start + "Z");
    // Times carry no zone; shown as written, so the browser's own zone must not shift them.
    const at = (seconds) => new Date(origin + seconds * 1000).toISOString().slice(0, 19);
    const price = (ticks) => (ticks === null ? null : ticks / TICKS);
    const traces = [];
    // A quote beyond what the legs can owe would flatten everything else: it is drawn at the upper edge.
    const quoted = [...spread.natural, ...(spread.fire ? [spread.fire[1]] : [])];
    const roof = spread.most && Math.max(...quoted) > spread.most ? spread.most * 1.1 : null;
    const inside = (ticks) => (roof === null || ticks === null ? ticks : Math.min(ticks, roof));
    const x = spread.t.map(at);
    const natural = spread.natural.map(inside).map(price);
    const mid = spread.mid.map(inside).map(price);
    traces.push(band(x, natural, mid));
    traces.push({ x, y: mid, mode: "lines", name: "mid", line: { color: "#8aa4d0", width: 1 } });
    traces.push({ x, y: natural, mode: "lines", name: "natural", line: { color: colour("--accent"), width: 1.6 } });
    const ends = [at(0), at(spread.end)];
    const level = (ticks, name, color, dash) => ({
      x: ends, y: [price(ticks), price(ticks)], mode: "lines", name, line: { color, width: 1.4, dash },
    });
    if (spread.credit !== null) traces.push(level(spread.credit, "credit " + text(spread.credit), colour("--gain"), "dot"));
    for (const [ticks, rule] of spread.lines) {
      const gains = spread.credit !== null && ticks < spread.credit;
      traces.push(level(ticks, rule + " " + text(ticks), gains ? colour("--gain") : colour("--loss"), "dash"));
    }
    const drawn = (ticks) => price(inside(ticks));
    if (spread.fire) traces.push(mark(spread.fire, "trigger", "triangle-up-open", 15, colour("--loss"), at, drawn));
    if (spread.exit) traces.push(mark(spread.exit, spread.exit[2], "x", 8, colour("--ink"), at, drawn));
    if (spread.gaps.length) traces.push({
      x: [null], y: [null], mode: "markers", name: "no value",
      marker: { symbol: "square", size: 12, color: "rgba(100,116,139,0.35)" },
    });
    const layout = {
      height: 340,
      tall: 420,
      margin: { l: 8, r: 12, t: 12, b: 8 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: "system-ui, sans-serif", size: 12, color: "#1f2937" },
      hovermode: "closest",
      xaxis: { type: "date", gridcolor: "#e5e7eb", automargin: true, rangebreaks: spread.breaks || [] },
      yaxis: { title: { text: "debit, $ per share" }, tickformat: ".2f", gridcolor: "#e5e7eb", automargin: true, zeroline: false },
      shapes: spread.gaps.map(([from, to]) => ({
        type: "rect", xref: "x", yref: "paper", x0: at(from), x1: at(to), y0: 0, y1: 1,
        fillcolor: "rgba(100,116,139,0.18)", line: { width: 0 },
      })),
      annotations: roof === null ? [] : [{
        xref: "paper", yref: "paper", x: 0, y: 1, xshift: 8, xanchor: "left", yanchor: "top", showarrow: false,
        text: "quoted up to " + text(Math.max(...quoted)) + "; the legs owe " + text(spread.most) + " at most",
      }],
    };
    return { traces, layout };
  }

  function text(ticks) {
    return (ticks / TICKS).toFixed(ticks % 100 === 0 ? 2 : 4);
  }

  function mark([seconds, ticks], name, symbol, size, color, at, price) {
    return {
      x: [at(seconds)], y: [price(ticks)], mode: "markers", name: name + " " + text(ticks),
      marker: { symbol, size, color, line: { color, width: 2 } },
    };
  }

  // One closed outline per stretch with a value, so that a hole in the data stays a hole.
  function band(x, upper, lower) {
    const outline = { x: [], y: [] };
    let from = 0;
    for (let i = 0; i <= x.length; i++) {
      if (i < x.length && upper[i] !== null && lower[i] !== null) continue;
      if (i > from) {
        for (let j = from; j < i; j++) { outline.x.push(x[j]); outline.y.push(upper[j]); }
        for (let j = i - 1; j >= from; j--) { outline.x.push(x[j]); outline.y.push(lower[j]); }
        outline.x.push(null);
        outline.y.push(null);
      }
      from = i + 1;
    }
    return {
      x: outline.x, y: outline.y, mode: "lines", fill: "toself", fillcolor: "rgba(36,85,164,0.14)",
      line: { width: 0 }, hoverinfo: "skip", showlegend: false,
    };
  }

  const spreads = [...document.querySelectorAll("details.spread")];

  function draw(details) {
    const place = details.querySelector(".chart");
    const spread = page.spreads[details.dataset.id];
    if (!place || !spread || place.dataset.drawn) return;
    place.dataset.drawn = "yes";
    const { traces, layout } = drawer(spread);
    Plotly.newPlot(place, traces, fitted(layout, place), options);
  }

  for (const details of spreads) {
    details.addEventListener("toggle", () => {
      const place = details.querySelector(".chart");
      if (details.open) draw(details);
      else if (place && place.dataset.drawn) {
        // A closed chart is thrown away: five hundred of them would weigh the page down.
        Plotly.purge(place);
        delete place.dataset.drawn;
      }
    });
    if (details.open) draw(details);
  }

  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    drawFigures();
    for (const details of spreads) {
      if (!details.open) continue;
      delete details.querySelector(".chart")?.dataset.drawn;
      draw(details);
    }
  });

  const which = document.getElementById("which");
  const words = document.getElementById("words");
  const shown = document.getElementById("shown");
  function filter() {
    const kind = which.value;
    const wanted = words.value.trim().toLowerCase();
    let count = 0;
    for (const details of spreads) {
      const fits = (kind === "all" || details.dataset.groups.split(" ").includes(kind)) &&
        (!wanted || details.querySelector("summary").textContent.toLowerCase().includes(wanted));
      details.hidden = !fits;
      if (fits) count += 1;
    }
    shown.textContent = count + " of " + spreads.length;
  }
  if (which && words && shown) {
    which.addEventListener("change", filter);
    words.addEventListener("input", filter);
    filter();
  }
  document.documentElement.dataset.ready = "yes";
})();
