// The board's only script: it sets the text for a lost connection and switches the wall's sheets.
addEventListener("DOMContentLoaded", () => {
  const [lost, text] = document.documentElement.dataset.lost.split("|");
  const popup = document.getElementById("popup");
  popup.querySelectorAll("span").forEach((span, n) => (span.textContent = [lost, text][n]));
  popup.setAttribute("role", "status");

  const query = new URLSearchParams(location.search);
  if (!query.has("wall")) return;
  const sheets = 3;
  const turn = (sheet) => (document.body.dataset.sheet = sheet % sheets);
  if (query.has("sheet")) return turn(Number(query.get("sheet")));
  let sheet = 0;
  turn(sheet);
  setInterval(() => turn(++sheet), 1000 * (Number(query.get("wall")) || 20));
});
