"use strict";

const main = document.getElementById("api");
window.SwaggerUIBundle({
  domNode: main,
  url: main.dataset.schema,
  deepLinking: true,
  validatorUrl: null,
});
