"""Blender's window from outside: mouse, keys and screenshots, where the panel's buttons are."""

import itertools
import json
import subprocess
import time

import bpy
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Quaternion

# Middle of a row below the top of the sidebar, in units of Blender's widget height (20 pixels at scale 1).
TAB, GENERATE, CANCEL = 2.2, 3.5, 4.8


class Window:
    """The first window and its 3D Viewport; looked up at each use, for File > New replaces them."""

    held = False
    """Whether `drag_by` holds the mouse button."""

    @property
    def window(self):
        """The window."""
        return bpy.context.window_manager.windows[0]

    @property
    def area(self):
        """The 3D view."""
        return next(area for area in self.window.screen.areas if area.type == "VIEW_3D")

    def region(self, kind):
        """A region of the 3D view: WINDOW or UI (the sidebar)."""
        return next(region for region in self.area.regions if region.type == kind)

    def open_tab(self, name):
        """Open the sidebar's tab; call again after a redraw, for only a drawn region takes a tab."""
        self.area.spaces.active.show_region_ui = True
        region = self.region("UI")
        if region.active_panel_category != "UNSUPPORTED":
            region.active_panel_category = name
        self.area.tag_redraw()

    def redrawn(self):
        """Yield until the 3D Viewport has been redrawn."""
        drawn = []
        handle = bpy.types.SpaceView3D.draw_handler_add(lambda: drawn.append(1), (), "WINDOW", "POST_PIXEL")
        self.area.tag_redraw()
        deadline = time.monotonic() + 60
        while not drawn and time.monotonic() < deadline:
            yield 0.1
        bpy.types.SpaceView3D.draw_handler_remove(handle, "WINDOW")
        assert drawn, "the window does not draw"
        yield 0.3

    def _to_row(self, row, across=1 / 3):
        region = self.region("UI")
        unit = 20 * bpy.context.preferences.system.ui_scale
        x = region.x + int(region.width * across)
        self._xdotool("mousemove", x, self.window.height - (region.y + region.height - row * unit))

    def hover_tab(self):
        """Move the mouse to the tab Animate Selected, the right one of two."""
        self._to_row(TAB, 0.6)

    def hover_generate(self):
        """Move the mouse to Generate, or Animate Selected; a button takes clicks only after such a move."""
        self._to_row(GENERATE)

    def hover_cancel(self):
        """Move the mouse to Cancel, below the progress bar."""
        self._to_row(CANCEL)

    def hover_view(self):
        """Move the mouse to the 3D Viewport, which then receives the keys."""
        region = self.region("WINDOW")
        self._xdotool("mousemove", region.x + 300, self.window.height - (region.y + region.height // 2))

    def drag(self, start, end, steps=12):
        """Drag with the left button between two points of the world, moving at each yield."""
        region, space = self.region("WINDOW"), self.area.spaces.active.region_3d
        ends = [location_3d_to_region_2d(region, space, point) for point in (start, end)]
        still = 5
        for i in (
            *[0] * still,
            *range(steps + 1),
        ):  # a gizmo under the mouse needs some events to be highlighted
            point = ends[0].lerp(ends[1], i / steps)
            self._xdotool("mousemove", region.x + point.x + 1, self.window.height - (region.y + point.y))
            self._xdotool("mousemove", region.x + point.x, self.window.height - (region.y + point.y))
            yield 0.1
            still -= 1
            if still == 0:
                self._xdotool("mousedown", 1)
                yield 0.2
        self._xdotool("mouseup", 1)
        yield 0.3

    def hover_sidebar(self, across, height):
        """Move the mouse to a place in the sidebar: a share of its width, and pixels above its lower end."""
        region = self.region("UI")
        self._xdotool(
            "mousemove", region.x + int(region.width * across), self.window.height - (region.y + height)
        )

    def move(self, right, down):
        """Move the mouse by pixels."""
        self._xdotool("mousemove_relative", "--", right, down)

    def scroll(self, steps):
        """Turn the mouse wheel, up by positive steps."""
        for _ in range(abs(steps)):
            self._xdotool("click", 4 if steps > 0 else 5)

    def drag_by(self, pixels, steps):
        """Drag to the right with the left button from where the mouse is, moving at each yield."""
        self._xdotool("mousedown", 1)
        self.held = True
        yield 0.1
        for _ in range(steps):
            self.move(pixels // steps, 0)
            yield 0.1
        yield 0.5
        self._xdotool("mouseup", 1)
        self.held = False
        yield 0.3

    def click(self):
        """Click where the mouse is."""
        self._xdotool("click", 1)

    def press(self, key):
        """Press a key; it goes to what is under the mouse."""
        self._xdotool("key", key)

    def orbit(self, angle):
        """Turn the view about the vertical by an angle in radians."""
        space = self.area.spaces.active.region_3d
        space.view_rotation = Quaternion((0.0, 0.0, 1.0), angle) @ space.view_rotation
        self.area.tag_redraw()

    def outside(self, obj):
        """Corners of a creature's box over its whole clip that the 3D view does not show, in pixels."""
        region, space = self.region("WINDOW"), self.area.spaces.active.region_3d
        low, high = json.loads(obj.data["zoetrope"])["bounds"]
        corners = [
            obj.matrix_world @ type(obj.location)(corner)
            for corner in itertools.product(*zip(low, high, strict=True))
        ]
        seen = [location_3d_to_region_2d(region, space, corner) for corner in corners]
        shown = [p and 0 <= p.x <= region.width and 0 <= p.y <= region.height for p in seen]
        return [p and tuple(p) for p, inside in zip(seen, shown, strict=True) if not inside]

    def frame(self, middle, distance):
        """Look at a point from the front left, from a distance, with object colours."""
        space = self.area.spaces.active
        space.shading.type = "SOLID"
        space.region_3d.view_perspective = "PERSP"
        space.region_3d.view_rotation = Quaternion((0.73, 0.44, -0.27, -0.45))
        space.region_3d.view_location, space.region_3d.view_distance = middle, distance
        self.area.tag_redraw()

    def show(self, obj):
        """Show the creature from the front left, filling the view, with vertex colours."""
        space = self.area.spaces.active
        space.shading.type = "SOLID"
        space.shading.color_type = "VERTEX"
        obj.select_set(False)
        space.region_3d.view_perspective = "PERSP"
        space.region_3d.view_rotation = Quaternion((0.73, 0.44, -0.27, -0.45))
        box = [obj.matrix_world @ type(obj.location)(corner) for corner in obj.bound_box]
        middle = sum(box[1:], box[0]) / len(box)
        space.region_3d.view_location = middle
        space.region_3d.view_distance = 3.3 * max((corner - middle).length for corner in box)
        self.area.tag_redraw()

    def stop_animation(self):
        """Stop playing the animation."""
        with bpy.context.temp_override(window=self.window):
            bpy.ops.screen.animation_cancel(restore_frame=False)

    def screenshot(self, path):
        """Save a picture of the display; with a software OpenGL Blender's own operator saves black."""
        subprocess.run(["import", "-window", "root", str(path)], check=True)

    def _xdotool(self, *words):
        subprocess.run(["xdotool", *(str(word) for word in words)], check=True)
