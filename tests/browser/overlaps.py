"""What a page is asked to find labels that cover each other."""

# Pairs of labels in one picture that cover more than a pixel of each other, either way.
OVERLAPS = """() => {
  const found = [];
  for (const svg of document.querySelectorAll('svg')) {
    const boxes = [...svg.querySelectorAll('text')]
      .map(one => [one.textContent, one.getBoundingClientRect()]);
    boxes.forEach(([a, p], index) => boxes.slice(index + 1).forEach(([b, q]) => {
      const across = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      const title = svg.querySelector('title').textContent;
      if (across > 1 && down > 4) found.push(`${title}: ${a} / ${b}`);
    }));
  }
  return found;
}"""
