/* The live picture as a component of Dash, written by hand: Dash gives it configuration, view, moment and selection, and
   hears of the last three when the viewer changes them. Frames stay inside it, as a video's do. */
(function () {
  "use strict";
  const { createElement, useEffect, useRef } = window.React;

  /**
   * @typedef {object} Props
   * @property {string} [id]
   * @property {string} [className]
   * @property {unknown} [children]
   * @property {import("./types").Config} config
   * @property {import("./types").View} [view]
   * @property {string | null} [moment]
   * @property {import("./types").Selection | null} [selection]
   * @property {(changed: import("./types").Choices) => void} setProps
   */

  /**
   * @param {Props} props
   * @returns {unknown} an element of React's
   */
  function LivePicture({ id, className, children, config, view, moment, selection, setProps }) {
    const picture = useRef(null);
    const latest = useRef({});
    latest.current = { choices: { view, moment, selection }, setProps };

    useEffect(() => {
      let isGone = false;
      import(config.entry).then(({ start }) => {
        if (isGone) return;
        picture.current = start(config, (/** @type {import("./types").Choices} */ changed) => latest.current.setProps(changed));
        picture.current.follow(latest.current.choices);
      });
      return () => {
        isGone = true;
        picture.current?.end();
        picture.current = null;
      };
    }, [config]);

    useEffect(() => {
      picture.current?.follow({ view, moment, selection });
    }, [view, moment, selection]);

    return createElement("div", { id, className }, children);
  }

  window.gridCenter = { LivePicture };
})();
