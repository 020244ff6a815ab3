// Draws the board's charts from the figures in the page; the tables behind them say the same without it.
"use strict";
(() => {
  const data = () => JSON.parse(document.getElementById("charts").textContent);
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const root = () => parseFloat(getComputedStyle(document.querySelector(".bh-board")).fontSize);
  const words = (text) => ({ color: text, fontSize: Math.round(root() * 0.9), fontFamily: getComputedStyle(document.body).fontFamily });
  const stripes = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: -Math.PI / 4 };
  const dots = { symbol: "circle", symbolSize: 0.5, dashArrayX: [[3, 3], [0, 3, 3, 0]], dashArrayY: [3, 0] };
  const bubble = () => ({
    backgroundColor: token("--bh-surface"),
    borderColor: token("--bh-line-2"),
    textStyle: { ...words(token("--bh-ink")), fontSize: 13 },
  });
  const rule = () => ({ lineStyle: { color: token("--bh-line") } });

  const bar = (name, values, colour, decal) => ({
    name,
    type: "bar",
    stack: "all",
    barWidth: Math.round(root()),
    cursor: "pointer",
    data: values.map((value) => value || null),
    itemStyle: { color: colour, decal: decal || { symbol: "none" }, borderColor: token("--bh-surface"), borderWidth: 1 },
  });

  const long = (text) => [...text].reduce((sum, one) => sum + (one.charCodeAt(0) < 256 ? 0.6 : 1), 1); // in em, with the gap

  const places = (place, rows) => {
    const shown = [...rows].reverse(); // the chart counts from below
    const all = (row) => row.steady + row.near + row.overdue;
    const said = (row) => `${all(row)}${row.overdue ? `（${place.dataset.overdue} ${row.overdue}）` : ""}`;
    const axis = { axisLine: { show: false }, axisTick: { show: false } };
    const longest = Math.max(...rows.map((row) => row.name.length));
    const slim = place.clientWidth < 480; // a telephone has no room for the rates: the table says them
    const left = Math.min(slim ? 8 : 9, longest) * root() + 12;
    const top = Math.round(2 * root());
    const head = (text, at) => ({ text, left: at, top: 0, padding: 0, textStyle: { ...words(token("--bh-ink-3")), fontWeight: 400 } });
    // The axis is as long as lets every bar stand with its words before the other chart, or the page, ends.
    const bars = place.clientWidth * (slim ? 1 : 0.62) - left;
    const beside = slim ? 0 : place.clientWidth * 0.08;
    const room = (row) => Math.max(bars * 0.2, bars + beside - long(said(row)) * root() * 0.9);
    const most = Math.max(1, ...rows.map((row) => Math.max(all(row), (all(row) * bars) / room(row))));
    const rates = rows.map((row) => row.rate).filter((rate) => rate !== null);
    const lowest = rates.length ? Math.max(0, Math.floor((Math.min(...rates) - 2) / 5) * 5) : 0;
    return {
      title: [head(place.dataset.work, left), ...(slim ? [] : [head(place.dataset.rate, "72%")])],
      grid: [{ left, right: slim ? 0 : "38%", top, bottom: 4 }, { left: "72%", right: root() * 4.5, top, bottom: 4 }],
      tooltip: { ...bubble(), trigger: "axis", axisPointer: { type: "shadow" } },
      xAxis: [
        { type: "value", max: most, minInterval: 1, splitNumber: 4, axisLabel: { show: false }, splitLine: rule() },
        { gridIndex: 1, type: "value", min: lowest, max: 100, splitNumber: 2, axisLabel: { show: false }, splitLine: slim ? { show: false } : rule() },
        { type: "value", show: false },
      ],
      yAxis: [
        { ...axis, type: "category", data: shown.map((row) => row.name), axisLabel: { ...words(token("--bh-ink")), width: left - 12, overflow: "truncate" } },
        { ...axis, gridIndex: 1, type: "category", data: shown.map((row) => row.name), axisLabel: { show: false } },
      ],
      series: [
        bar(place.dataset.steady, shown.map((row) => row.steady), token("--bh-g-mark")),
        bar(place.dataset.near, shown.map((row) => row.near), token("--bh-y-mark"), { ...stripes, color: token("--bh-surface") }),
        bar(place.dataset.overdue, shown.map((row) => row.overdue), token("--bh-r-mark"), { ...dots, color: token("--bh-surface") }),
        {
          name: "",
          type: "bar",
          stack: "all",
          data: shown.map(() => 0),
          tooltip: { show: false },
          label: { show: true, position: "right", formatter: (at) => said(shown[at.dataIndex]), ...words(token("--bh-ink-2")) },
        },
        {
          name: place.dataset.rate,
          type: "line",
          lineStyle: { width: 0 },
          xAxisIndex: 1,
          yAxisIndex: 1,
          symbol: "circle",
          symbolSize: 9,
          itemStyle: { color: token("--bh-primary") },
          data: shown.map((row) => (slim ? null : row.rate)),
          label: { show: true, position: "right", formatter: (at) => `${at.value}%`, ...words(token("--bh-ink-2")) },
          tooltip: { valueFormatter: (value) => (value === null ? "—" : `${value}%`) },
        },
      ],
    };
  };

  const trend = (place, points) => ({
    grid: { left: 8, right: root() * 3, top: 14, bottom: 4, containLabel: true },
    tooltip: { ...bubble(), trigger: "axis" },
    xAxis: {
      type: "category",
      boundaryGap: false,
      data: points.map((point) => point.day),
      axisLabel: { ...words(token("--bh-ink-3")), hideOverlap: true },
      axisTick: { show: false },
      axisLine: rule(),
    },
    yAxis: { type: "value", minInterval: 1, splitNumber: 3, axisLabel: words(token("--bh-ink-3")), splitLine: rule() },
    series: [
      {
        name: place.dataset.overdue,
        type: "line",
        symbol: (_value, at) => (at.dataIndex === points.length - 1 ? "diamond" : "circle"),
        symbolSize: (_value, at) => (at.dataIndex === points.length - 1 ? 10 : 5),
        showSymbol: true,
        showAllSymbol: true,
        data: points.map((point, n) => ({
          value: point.overdue,
          itemStyle: { color: token(n === points.length - 1 ? "--bh-r-mark" : "--bh-primary") },
        })),
        lineStyle: { color: token("--bh-primary"), width: 2 },
        endLabel: { show: true, fontWeight: 600, ...words(token("--bh-r-fg")) },
      },
    ],
  });

  const DRAWN = { places, trend };
  const charts = () => document.querySelectorAll("[data-chart]");
  const draw = () => {
    const figures = data();
    charts().forEach((place) => {
      const name = place.dataset.chart;
      place.classList.add("is-drawn"); // it has no height until there is something in it
      echarts.getInstanceByDom(place)?.dispose();
      const chart = echarts.init(place, null, { renderer: "svg" });
      chart.setOption({ animation: false, ...DRAWN[name](place, figures[name]) });
      chart.on("click", (at) => {
        const one = figures[name].find((each) => (each.name ?? each.day) === at.name);
        if (one) location.assign(one.href);
      });
    });
  };

  // The tables are open for whoever gets no chart; beside one they wait behind it, but for paper.
  const behind = (open) => document.querySelectorAll(".bh-behind").forEach((table) => table.toggleAttribute("open", open));
  document.addEventListener("DOMContentLoaded", () => {
    if (!window.echarts) return;
    draw();
    behind(false);
    window.addEventListener("beforeprint", () => behind(true));
    window.addEventListener("afterprint", () => behind(false));
    const wall = document.querySelector("[data-refresh]");
    if (wall) setTimeout(() => location.reload(), 1000 * wall.dataset.refresh);
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    window.addEventListener("resize", () => charts().forEach((place) => echarts.getInstanceByDom(place)?.resize()));
  });
})();
