// The page: what it is made of, and what follows from what.

import { Access } from "./access.js";
import { Health } from "./health.js";
import { Items } from "./items.js";
import { find } from "./page.js";
import { Room } from "./room.js";
import { Session } from "./session.js";

const session = new Session();
const access = new Access(session);
const health = new Health();
const parts = [new Items(session), new Room(session)];

function show(reason = "") {
  const { user } = session;
  find("account").hidden = !user;
  find("account-name").textContent = user?.name ?? "";
  if (user) {
    access.hide();
    parts.forEach((part) => part.show());
  } else {
    parts.forEach((part) => part.hide());
    access.show(reason);
  }
}

session.addEventListener("changed", ({ detail }) => {
  show(detail.reason);
  find(session.user ? "items-title" : "email").focus();
});
find("log-out").addEventListener("click", () => session.logOut());
for (const [source, sign] of [[health, "back"], [window, "online"]]) {
  source.addEventListener(sign, () => parts.forEach((part) => part.hurry()));
}
show();
health.start();
