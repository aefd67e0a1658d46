"use strict";
// Keys go to the terminal without a click on it first.
const look = setInterval(() => {
  const keyboard = document.querySelector(".xterm-helper-textarea");
  if (keyboard) {
    clearInterval(look);
    keyboard.focus();
  }
}, 50);
