// Puts a chosen file's text into the form's field, which is sent as any other. Nothing is read but what was chosen.

for (const box of document.querySelectorAll("[data-file-into]")) {
  const field = document.getElementById(box.dataset.fileInto);
  const chosen = box.querySelector("input[type=file]");
  box.hidden = false;
  chosen.addEventListener("change", async () => {
    const [file] = chosen.files;
    if (file) field.value = await file.text();
  });
}
