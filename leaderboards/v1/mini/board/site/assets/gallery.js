// The player: one frame number, written to one CSS variable, moves all strips of the page at once.
// Frames are counted from 0 here and from 1 on the page.
"use strict";
{
  const gallery = document.getElementById("gallery"), player = document.getElementById("player"), settings = document.getElementById("settings");
  const play = document.getElementById("play"), slider = document.getElementById("frame");
  const at = document.getElementById("at"), speed = document.getElementById("speed");
  const scenes = [...gallery.querySelectorAll(".scene")];
  const last = Number(slider.max) - 1, fps = Number(gallery.dataset.fps);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let frame = 0, playing = 0, begun = 0, from = 0;

  const show = number => {
    frame = Math.min(Math.max(Math.round(number), 0), last);
    gallery.style.setProperty("--frame", frame);
    slider.value = frame + 1;
    slider.setAttribute("aria-valuetext", `frame ${frame + 1} of ${last + 1}`);
    at.value = `${frame + 1} of ${last + 1}`;
    for (const scene of scenes) {
      const end = Number(scene.dataset.last);
      scene.querySelector(".state").textContent = frame > end ? `· holds frame ${end + 1}, its last` : "";
    }
  };
  const pause = () => {
    cancelAnimationFrame(playing);
    playing = 0;
    play.classList.remove("on");
    play.lastElementChild.textContent = "Play";
  };
  const tick = now => {
    const number = from + Math.floor((now - begun) / 1000 * fps * Number(speed.value));
    if (number > last && calm.matches) { show(last); pause(); return; }  // no endless motion
    show(number % (last + 1));
    playing = requestAnimationFrame(tick);
  };
  const start = () => {
    from = frame >= last ? 0 : frame;
    begun = performance.now();
    play.classList.add("on");
    play.lastElementChild.textContent = "Pause";
    playing = requestAnimationFrame(tick);
  };
  const toggle = () => playing ? pause() : start();
  const step = number => { pause(); show(number); };

  play.addEventListener("click", toggle);
  document.getElementById("previous").addEventListener("click", () => step(frame - 1));
  document.getElementById("next").addEventListener("click", () => step(frame + 1));
  slider.addEventListener("input", () => step(slider.valueAsNumber - 1));
  speed.addEventListener("change", () => { if (playing) { pause(); start(); } });
  const size = document.getElementById("size");
  const grids = [...gallery.querySelectorAll(".grid")];
  const fit = () => {  // the largest tiles with which the widest scene needs no scrolling
    const narrow = matchMedia("(max-width: 46rem)").matches;
    const columns = Math.max(...grids.map(g => g.querySelectorAll(narrow ? ".row-name" : ".column").length));
    const room = grids[0].parentElement.clientWidth - (narrow ? 92 : 84);
    return Math.min(Math.max(Math.floor(room / columns) - 6, 48), 192);
  };
  const resize = () => gallery.style.setProperty("--tile", `${size.value === "fit" ? fit() : size.value}px`);
  size.addEventListener("change", resize);
  addEventListener("resize", resize);
  const layers = () => {
    for (const box of settings.querySelectorAll("[data-layer]")) gallery.classList.toggle(`no-${box.dataset.layer}`, !box.checked);
  };
  settings.addEventListener("change", layers);

  // Keys, unless what has the focus needs them itself.
  const needs = (target, key) => {
    if (target.closest("select, textarea, input:not([type=range], [type=checkbox])")) return true;
    if (key === " ") return Boolean(target.closest("button, summary, input[type=checkbox]"));
    const box = target.closest(".scroll");
    return target === slider || Boolean(box && box.scrollWidth > box.clientWidth);
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const moves = { " ": toggle, ArrowLeft: () => step(frame - 1), ArrowRight: () => step(frame + 1),
      Home: () => step(0), End: () => step(last) };
    if (!(event.key in moves) || needs(event.target, event.key)) return;
    event.preventDefault();
    moves[event.key]();
  });

  player.hidden = settings.hidden = false;
  for (const hint of document.querySelectorAll("[data-script]")) hint.hidden = false;
  if (calm.matches) speed.value = "0.25";
  const obey = () => { resize(); layers(); show(slider.valueAsNumber - 1); };
  obey();
  addEventListener("pageshow", obey);  // a browser that goes back restores the controls late
}
