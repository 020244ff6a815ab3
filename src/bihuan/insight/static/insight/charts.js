// Draws the board's charts from the figures in the page; the tables behind them say the same without it.
"use strict";
(() => {
  const data = () => JSON.parse(document.getElementById("charts").textContent);
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const words = (text) => ({ color: text, fontFamily: getComputedStyle(document.body).fontFamily });
  const stripes = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: -Math.PI / 4 };

  const bar = (name, values, colour, decal) => ({
    name,
    type: "bar",
    stack: "all",
    barWidth: 14,
    data: values.map((value) => value || null),
    itemStyle: { color: colour, decal: decal || { symbol: "none" }, borderColor: token("--bh-surface"), borderWidth: 1 },
  });

  const places = (place, rows) => {
    const shown = [...rows].reverse(); // the chart counts from below
    const said = (row) => `${row.steady + row.near + row.overdue}${row.overdue ? `（${place.dataset.overdue} ${row.overdue}）` : ""}`;
    const axis = { axisLine: { show: false }, axisTick: { show: false } };
    return {
      grid: [{ left: 96, right: "34%", top: 12, bottom: 28 }, { left: "72%", right: 56, top: 12, bottom: 28 }],
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
      xAxis: [
        { type: "value", minInterval: 1, axisLabel: words(token("--bh-ink-3")), splitLine: { lineStyle: { color: token("--bh-line") } } },
        { gridIndex: 1, type: "value", scale: true, max: 100, splitNumber: 3, axisLabel: { ...words(token("--bh-ink-3")), formatter: "{value}%" }, splitLine: { lineStyle: { color: token("--bh-line") } } },
      ],
      yAxis: [
        { ...axis, type: "category", data: shown.map((row) => row.name), axisLabel: words(token("--bh-ink")) },
        { ...axis, gridIndex: 1, type: "category", data: shown.map((row) => row.name), axisLabel: { show: false } },
      ],
      series: [
        bar(place.dataset.steady, shown.map((row) => row.steady), token("--bh-g-mark")),
        bar(place.dataset.near, shown.map((row) => row.near), token("--bh-y-mark"), { ...stripes, color: token("--bh-surface") }),
        { ...bar(place.dataset.overdue, shown.map((row) => row.overdue), token("--bh-r-mark")) },
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
          symbolSize: 10,
          itemStyle: { color: token("--bh-primary") },
          data: shown.map((row) => row.rate),
          label: { show: true, position: "right", formatter: "{c}%", ...words(token("--bh-ink-2")) },
          tooltip: { valueFormatter: (value) => (value === null ? "—" : `${value}%`) },
        },
      ],
    };
  };

  const trend = (place, weeks) => ({
    grid: { left: 36, right: 28, top: 16, bottom: 24 },
    tooltip: { trigger: "axis" },
    xAxis: { type: "category", data: weeks.map((week) => week.day), axisLabel: words(token("--bh-ink-3")), axisTick: { show: false } },
    yAxis: { type: "value", minInterval: 1, axisLabel: words(token("--bh-ink-3")), splitLine: { lineStyle: { color: token("--bh-line") } } },
    series: [
      {
        name: place.dataset.overdue,
        type: "line",
        symbol: "circle",
        showSymbol: false,
        data: weeks.map((week) => week.overdue),
        lineStyle: { color: token("--bh-primary") },
        itemStyle: { color: token("--bh-r-mark") },
        endLabel: { show: true, fontWeight: 600, ...words(token("--bh-r-fg")) },
      },
    ],
  });

  const DRAWN = { places, trend };
  const draw = () => {
    const figures = data();
    document.querySelectorAll("[data-chart]").forEach((place) => {
      echarts.getInstanceByDom(place)?.dispose();
      const chart = echarts.init(place, null, { renderer: "svg" });
      chart.setOption({ animation: false, ...DRAWN[place.dataset.chart](place, figures[place.dataset.chart]) });
      if (place.dataset.chart !== "places") return;
      chart.on("click", (at) => {
        const row = figures.places.find((one) => one.name === at.name);
        if (row) location.assign(row.href);
      });
    });
  };
  document.addEventListener("DOMContentLoaded", () => {
    draw();
    const wall = document.querySelector("[data-refresh]");
    if (wall) setTimeout(() => location.reload(), 1000 * wall.dataset.refresh);
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    window.addEventListener("resize", () =>
      document.querySelectorAll("[data-chart]").forEach((place) => echarts.getInstanceByDom(place)?.resize()),
    );
  });
})();
